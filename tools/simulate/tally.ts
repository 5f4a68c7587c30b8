import type { FailedLife, JudgedLife } from './simulate.js';

/** What came of many lives. Its size does not grow with their number. */
export interface Tally {
  lives: number;
  seeds: number;
  /** How many things happened. */
  events: number;
  /** How often each fault came. */
  faults: Record<string, number>;
  /** How many orders ended how. */
  ends: Record<string, number>;
  /** How many lives failed; the first of them are in `failures`. */
  failed: number;
  failures: FailedLife[];
  /** How often each invariant was verified, could not be, and did not hold because of a known limit. */
  verified: Record<string, Counts>;
}

interface Counts {
  verified: number;
  unknown: number;
  apart: number;
}

/** Failed lives that are kept: they are told one by one. */
const mostKept = 20;

export function emptyTally(): Tally {
  return { lives: 0, seeds: 0, events: 0, faults: {}, ends: {}, failed: 0, failures: [], verified: {} };
}

export function addLife(tally: Tally, failed: Omit<FailedLife, 'violations'>, life: JudgedLife): void {
  const { orders, events, faults, ends, violations, findings } = life;
  tally.lives += orders;
  tally.seeds += 1;
  tally.events += events;
  addCounts(tally.faults, faults);
  for (const end of ends) tally.ends[end] = (tally.ends[end] ?? 0) + 1;
  if (violations.length > 0) {
    tally.failed += 1;
    if (tally.failures.length < mostKept) tally.failures.push({ ...failed, violations });
  }
  for (const { invariant, verified, unknown, apart = [] } of findings) {
    addVerified(tally, invariant, { verified, unknown: unknown.length, apart: apart.length });
  }
}

export function addTally(sum: Tally, more: Tally): void {
  sum.lives += more.lives;
  sum.seeds += more.seeds;
  sum.events += more.events;
  addCounts(sum.faults, more.faults);
  addCounts(sum.ends, more.ends);
  sum.failed += more.failed;
  sum.failures.push(...more.failures.slice(0, mostKept - sum.failures.length));
  for (const [invariant, counts] of Object.entries(more.verified)) addVerified(sum, invariant, counts);
}

function addCounts(sum: Record<string, number>, more: Record<string, number>): void {
  for (const [what, count] of Object.entries(more)) sum[what] = (sum[what] ?? 0) + count;
}

function addVerified({ verified: sums }: Tally, invariant: string, more: Counts): void {
  const sum = (sums[invariant] ??= { verified: 0, unknown: 0, apart: 0 });
  sum.verified += more.verified;
  sum.unknown += more.unknown;
  sum.apart += more.apart;
}

/** The tally for people: each invariant, the ends, and the faults. */
export function tableOf({ verified, ends, faults }: Tally): string {
  const row = (name: string, count: number, rest = '') => `  ${name.padEnd(56)} ${String(count).padStart(12)}${rest}`;
  const byCount = (counts: Record<string, number>) =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => row(name, count));
  const besides = (count: number, what: string) => (count > 0 ? `, ${what} ${count}` : '');
  const invariants = Object.entries(verified).map(([name, counts]) =>
    row(name, counts.verified, besides(counts.unknown, 'unknown') + besides(counts.apart, 'known limit')),
  );
  return ['verified', ...invariants, 'ended', ...byCount(ends), 'faults', ...byCount(faults)].join('\n');
}
