import { orderStatuses } from '../../../contracts/statuses.js';
import type { OrderBook } from '../book/order-book.js';
import { ApiProblem } from '../problems/problem.js';
import { processes, versionsOf } from '../processes/processes.js';
import type { Insights, Overview, Range, Times } from './insights.schema.js';

type Measured = Awaited<ReturnType<OrderBook['desk']['getInsights']>>['subjects'][number];
type Found = Awaited<ReturnType<OrderBook['desk']['getOverview']>>;

const hourMs = 3_600_000;
/** Each bucket of the book's histograms is a tenth wider than the one before. */
const relativeError = 0.05;
const none: Omit<Measured, 'subject'> = { count: 0, p50Ms: 0, p95Ms: 0, totalMs: 0, attempts: 0, critical: 0 };

/** Widens a time to whole hours; the last 24 hours by default. @throws {ApiProblem} invalid_query */
export function wholeHours({ from, to }: Range, now = Date.now()): { from: string; to: string } {
  const last = Math.ceil((to === undefined ? now + 1 : Date.parse(to)) / hourMs) * hourMs;
  const first = from === undefined ? last - 24 * hourMs : Math.floor(Date.parse(from) / hourMs) * hourMs;
  if (first >= last || last - first > 366 * 24 * hourMs) {
    throw new ApiProblem('invalid_query', 'The time is empty, or longer than a year', {
      errors: [{ path: '/from', message: 'must be before `to`, by a year at most' }],
    });
  }
  return { from: new Date(first).toISOString(), to: new Date(last).toISOString() };
}

/** Puts what the book has measured together with the definition of the process. */
export function insightsOf(
  subjects: readonly Measured[],
  { process, version, from, to }: { process: string; version?: number; from: string; to: string },
): Insights {
  const measured = (subject: string) => subjects.find((each) => each.subject === subject) ?? { subject, ...none };
  const steps = stepsOf(process).map(({ id, waits }) => {
    const step = measured(`step:${id}`);
    return {
      id,
      waits,
      ...timesOf(step),
      attempts: ratio(step.attempts, step.count),
      criticalShare: ratio(step.critical, step.count),
      totalMs: step.totalMs,
    };
  });
  const waiting = steps.filter(({ waits }) => waits).reduce((sum, { totalMs }) => sum + totalMs, 0);
  const all = steps.reduce((sum, { totalMs }) => sum + totalMs, 0);
  const [work, makespan] = [measured('work'), measured('makespan')];
  return {
    process,
    version: version ?? null,
    from,
    to,
    orders: makespan.count,
    relativeError,
    totalWork: timesOf(work),
    makespan: timesOf(makespan),
    speedUp: ratio(work.totalMs, makespan.totalMs),
    waitingShare: ratio(waiting, all),
    steps: steps.map(({ totalMs: _, ...step }) => step),
  };
}

export function overviewOf(
  found: Found,
  subjects: readonly Measured[],
  byStatus: Record<string, number>,
  { from, to }: { from: string; to: string },
): Overview {
  const measured = (subject: string) => subjects.find((each) => each.subject === subject) ?? { subject, ...none };
  const place = new Map(stepsOf('order').map(({ id }, index) => [id, index]));
  const now = Date.now();
  const minutes = new Map(found.placed.map(({ at, orders }) => [Date.parse(at), orders]));
  const thisMinute = Math.floor(now / 60_000) * 60_000;
  return {
    at: new Date(now).toISOString(),
    byStatus: Object.fromEntries(
      orderStatuses.map((status) => [status, byStatus[status] ?? 0]),
    ) as Overview['byStatus'],
    placed: Array.from({ length: 60 }, (_, index) => {
      const at = thisMinute - (59 - index) * 60_000;
      return { at: new Date(at).toISOString(), orders: minutes.get(at) ?? 0 };
    }),
    inFlight: [...found.inFlight].sort((a, b) => (place.get(a.step) ?? 999) - (place.get(b.step) ?? 999)),
    from,
    to,
    ends: subjects
      .filter(({ subject }) => subject.startsWith('end:'))
      .map(({ subject, count }) => {
        const [, status = '', code = ''] = subject.split(':');
        return { status, failureCode: code === '' ? null : code, orders: count };
      })
      .sort((a, b) => b.orders - a.orders),
    toConfirmed: timesOf(measured('confirmed')),
    toDelivered: timesOf(measured('delivered')),
    retrying: found.retrying.map(({ code, ...each }) => ({ ...each, failureCode: code })),
  };
}

/**
 * The steps of all versions of a process, in the order of the latest one, without the steps that only stand for a fan-out.
 *
 * @throws {ApiProblem} not_found
 */
export function stepsOf(name: string): { id: string; waits: boolean }[] {
  const versions = versionsOf(name);
  if (versions.length === 0) {
    const names = processes.map((process) => process.name).join(', ');
    throw new ApiProblem('not_found', `There is no such process. There are: ${names}`);
  }
  const steps = new Map<string, boolean>();
  for (const page of versions.toReversed()) {
    const groups = new Set(page.steps.map(({ group }) => group));
    for (const { id, waits = false } of page.steps) if (!groups.has(id) && !steps.has(id)) steps.set(id, waits);
  }
  return [...steps].map(([id, waits]) => ({ id, waits }));
}

function timesOf({ count, p50Ms, p95Ms, totalMs }: Omit<Measured, 'subject'>): Times {
  return { count, p50Ms, p95Ms, meanMs: Math.round(ratio(totalMs, count)) };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
