import type { WorkflowBundle } from '@temporalio/worker';
import { chosenVariants, type Variant, type VariantKind } from '../../tools/cli/deploy/variants/index.js';
import { compareTraces } from '../../tools/cli/replay/compare-traces.js';
import { isHarmless, type Difference } from '../../tools/cli/replay/difference.js';
import type { RecordedHistory } from '../../tools/cli/replay/history.js';
import { replay, type Replayed } from '../../tools/cli/replay/run.js';
import type { Trace } from '../../tools/cli/replay/trace.js';
import type { Shown } from '../replay/say.js';

const rule: Record<VariantKind, string> = {
  cut: 'An open order must go on as the closed one did.',
  heartbeat: 'Code must do the same wherever a workflow task ends: start timers and calls before you wait for a call.',
  swap: 'Code must replay whichever of two answers came first.',
  clock: 'Workflow code must do the same at every hour and on every day: do not decide by the clock.',
  ids: 'Workflow code must do the same for every id, and must not use chance.',
};

/**
 * Replays variants of recorded histories, and compares each with the code's own replay of the recorded history: no variant may do anything
 * else, except that swapped answers may change the order of what follows. This needs no other build.
 *
 * @param ofHarmed also looks at variants of a history that the code does not replay as it was recorded. Such a history says it more clearly.
 * @returns each variant that does something else.
 */
export async function problemsWithVariants(
  histories: RecordedHistory[],
  code: WorkflowBundle,
  { seed, limit, ofHarmed = false }: { seed: string; limit: number; ofHarmed?: boolean },
): Promise<{ count: number; problems: Shown[] }> {
  const jobs = histories.flatMap((history): Job[] => [
    { history },
    ...chosenVariants(history, seed, limit)
      .filter(isCertain)
      .map((variant) => ({ history, variant })),
  ]);
  const problems: Shown[] = [];
  let own: Trace = { commands: [], activations: [] };
  let isHarmed = false;
  const replays = replay(made(jobs), code);
  for (const { history, variant } of jobs) {
    const { trace, difference } = (await replays.next()).value as Replayed;
    if (!variant) {
      own = trace!;
      isHarmed = !ofHarmed && difference !== undefined && !isHarmless(difference);
      continue;
    }
    if (isHarmed) continue;
    const found = trace && differenceOf(own, trace, variant);
    if (!found) continue;
    const { kind, place, what } = variant;
    problems.push({ by: `${history.name}, ${what} (${kind}@${place})`, difference: found, rule: rule[kind] });
  }
  await replays.return(undefined);
  return { count: jobs.length - histories.length, problems };
}

/**
 * Whether the variant must replay. The others count only where released code replays them: answers that follow from each other cannot be
 * swapped, ids of activities can have digests of an order's id, and what is left of a time is less in a slow run.
 */
const isCertain = ({ kind, place }: Variant): boolean => kind !== 'swap' && place !== 'order' && place !== 'slow';

interface Job {
  history: RecordedHistory;
  variant?: Variant;
}

function* made(jobs: Job[]): Generator<RecordedHistory> {
  for (const { history, variant } of jobs) yield variant ? variant.make(history.name) : history;
}

function differenceOf(own: Trace, trace: Trace, variant: Variant): Difference | undefined {
  if (variant.kind === 'swap' && trace.error === undefined) return undefined;
  const last = trace.activations.at(-1)?.task ?? 0;
  const expected = variant.kind === 'cut' ? { ...own, commands: own.commands.filter(({ task }) => task <= last) } : own;
  return compareTraces(normal(expected), normal(trace, variant.renamed));
}

/** Without times, without the places of workflow tasks, and with the recorded ids. */
function normal(trace: Trace, renamed?: { from: string; to: string }): Trace {
  const text = JSON.stringify(trace, (key, value: unknown) => {
    if (key === 'timing' || key === 'at') return undefined;
    return key === 'task' ? 0 : value;
  });
  const timeless = text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.]*Z/g, 'a time');
  const named = renamed ? timeless.replaceAll(renamed.to, renamed.from) : timeless;
  return JSON.parse(named) as Trace;
}
