import type { Finding } from '../check/finding.js';
import { tableOf } from '../check/table.js';
import { exit, type ExitStatus } from '../cli/command.js';
import type { CallFaults } from './call-faults.js';
import type { FaultKind, Fired } from './kinds.js';
import type { Life } from './people/life.js';
import type { ChaosOptions } from './run.js';

/** What a run of chaos says at its end. */
export interface Outcome {
  seed: number;
  orders: number;
  seconds: { faults: number; settling: number; all: number };
  /** How often each kind of fault fired. */
  faults: Partial<Record<FaultKind, number>>;
  routes: { route: string; kinds: number; faults: number }[];
  /** How many orders of each way ended how. */
  ends: Record<string, Record<string, number>>;
  /** What the checker says. */
  findings: readonly Finding[];
  /** Why it is not a pass; empty when it is. */
  problems: string[];
  /** Somebody stopped it before its end. */
  isStopped: boolean;
}

/** A way, and how its order is shown at last. */
interface LivedLife {
  way: Pick<Life['way'], 'name'>;
  view: { status: string; failure?: { code: string } } | undefined;
}

interface Facts {
  options: Pick<ChaosOptions, 'seed' | 'orders' | 'least'>;
  fired: Fired;
  callFaults: Pick<CallFaults, 'routes'>;
  lives: readonly LivedLife[];
  problems: string[];
  findings: readonly Finding[];
  begun: number;
  faultsEndedAt: number;
  settledMs: number;
  isStopped: boolean;
}

/** 1 unless everything holds and every kind of fault fired often enough. */
export function statusOf({ problems }: Outcome): ExitStatus {
  return problems.length === 0 ? exit.right : exit.wrong;
}

export function outcomeOf(facts: Facts): Outcome {
  const { options, fired, callFaults, lives, findings, begun, faultsEndedAt, settledMs, isStopped } = facts;
  const problems = [...facts.problems];
  if (isStopped) problems.push('it was stopped before its end');
  for (const kind of isStopped ? [] : fired.tooSeldom(options.least)) {
    problems.push(`${kind} fired ${fired.of(kind)} times instead of ${options.least} or more: it proves nothing`);
  }
  for (const { invariant, violations, unknown } of findings) {
    if (violations.length > 0) problems.push(`${invariant} does not hold in ${violations.length} places`);
    if (unknown.length > 0) problems.push(`${invariant} is unknown in ${unknown.length} places`);
  }
  const ends: Outcome['ends'] = {};
  for (const { way, view } of lives) {
    const end = view ? [view.status, view.failure?.code].filter(Boolean).join(', ') : 'not placed';
    const ofWay = (ends[way.name] ??= {});
    ofWay[end] = (ofWay[end] ?? 0) + 1;
  }
  return {
    seed: options.seed,
    orders: options.orders,
    seconds: {
      faults: Math.round((faultsEndedAt - begun) / 1000),
      settling: Math.round(settledMs / 1000),
      all: Math.round((Date.now() - begun) / 1000),
    },
    faults: Object.fromEntries(fired.kinds.map((kind) => [kind, fired.of(kind)])),
    routes: callFaults.routes(),
    ends,
    findings,
    problems,
    isStopped,
  };
}

export function renderOutcome(outcome: Outcome): string {
  const { seed, orders, seconds, faults, routes, ends, findings, problems } = outcome;
  const total = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const lines = [
    '',
    `${orders} orders, seed ${seed}: ${total} faults in ${seconds.faults} s, settled after ${seconds.settling} s, ${seconds.all} s in all`,
    '',
    ...table(
      ['fault', 'fired'],
      Object.entries(faults).map(([kind, count]) => [kind, String(count)]),
    ),
    '',
    ...table(
      ['way', 'orders by their end'],
      Object.entries(ends)
        .sort()
        .map(([way, of]) => [
          way,
          Object.entries(of)
            .map(([end, count]) => `${count} ${end}`)
            .join('; '),
        ]),
    ),
    '',
    ...table(
      ['route', 'faults', 'kinds'],
      routes.map(({ route, kinds, faults: count }) => [route, String(count), String(kinds)]),
    ),
    '',
    tableOf(findings),
    '',
    ...(problems.length === 0
      ? ['right: nothing was lost']
      : [`wrong: ${problems.length}`, ...problems.map((problem) => `  ${problem}`)]),
    '',
  ];
  return lines.join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
