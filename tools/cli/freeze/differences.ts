import type { FrozenProcess, FrozenStep } from './frozen.js';

/** What changed in a frozen definition, as one sentence for each difference. Empty if nothing did. */
export function differencesOf(was: FrozenProcess, is: FrozenProcess): string[] {
  const gone = was.commands.filter((name) => !is.commands.includes(name));
  return [
    // A further command is fine: no recorded run has one.
    ...gone.map((name) => `command ${name}: is gone. Runs that were sent one can no longer be replayed`),
    ...stepDifferences(was.steps, is.steps),
    ...stepDifferences(was.afterEnd, is.afterEnd),
  ];
}

function stepDifferences(was: readonly FrozenStep[], is: readonly FrozenStep[]): string[] {
  const idsOf = (steps: readonly FrozenStep[], others: readonly FrozenStep[]) =>
    steps.map(({ id }) => id).filter((id) => others.some((other) => other.id === id));
  const [before, now] = [idsOf(was, is), idsOf(is, was)];
  const moved = before.findIndex((id, index) => id !== now[index]);
  return [
    ...was.flatMap((step) => {
      const other = is.find(({ id }) => id === step.id);
      return other ? fieldDifferences(step, other) : [`step ${step.id}: was there, and is gone`];
    }),
    ...is
      .filter(({ id }) => !was.some((step) => step.id === id))
      .map(({ id }) => `step ${id}: was not there, and is new`),
    ...(moved < 0 ? [] : [`step ${now[moved]}: is listed where ${before[moved]} was. Steps begin in the listed order`]),
  ];
}

function fieldDifferences(was: FrozenStep, is: FrozenStep): string[] {
  const fields = new Set([...Object.keys(was), ...Object.keys(is)]) as Set<keyof FrozenStep>;
  return [...fields].flatMap((field) => {
    if (/^takes/.test(field)) return takenDifference(field as 'takes', was, is);
    const [before, now] = [shown(was[field]), shown(is[field])];
    return before === now ? [] : [`step ${was.id}: ${field} was ${before}, is ${now}`];
  });
}

/** A further message is fine: no recorded run has one. */
function takenDifference(field: 'takes' | 'takesBefore' | 'takesAfter', was: FrozenStep, is: FrozenStep): string[] {
  const gone = was[field]?.some((name) => !is[field]?.includes(name));
  if (!gone) return [];
  const now = shown(is[field] ?? []);
  return [
    `step ${was.id}: ${field} was ${shown(was[field])}, is ${now}. Runs that were sent this can no longer be replayed`,
  ];
}

function shown(value: FrozenStep[keyof FrozenStep]): string {
  if (value === undefined) return 'absent';
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : value.join(', ');
  if (typeof value !== 'object') return String(value);
  const parts = Object.entries(value).map(([name, each]) => `${name} ${shown(each as string | string[])}`);
  return parts.length === 0 ? 'a condition' : parts.join(', ');
}
