import type { OrderView } from '../../contracts/order.js';
import { definedStep } from '../../contracts/trouble.js';

/** A duration of one order. */
export interface Measure {
  /** `step:ID` without its branch, `work`, `makespan`, `confirmed`, `delivered`, or `end:STATUS:CODE`. */
  subject: string;
  ms: number;
  attempts: number;
  /** 1 for a step that is on the critical path of its order. */
  critical: number;
}

/** Measures of several orders that count together. */
export interface MeasureRow {
  process: string;
  hour: string;
  version: number;
  subject: string;
  bucket: number;
  count: number;
  totalMs: number;
  attempts: number;
  critical: number;
}

/** Each bucket is a tenth wider than the one before. */
const growth = 1.1;
/** A duration is taken to be in the middle of its bucket: a quantile is wrong by at most this part of it. */
export const relativeError = Math.sqrt(growth) - 1;

export function bucketOf(ms: number): number {
  return ms <= 1 ? 0 : Math.ceil(Math.log(ms) / Math.log(growth));
}

/** In whole milliseconds. @param counts by bucket, in any order. */
export function quantile(counts: readonly { bucket: number; count: number }[], part: number): number {
  const rank = Math.ceil(part * counts.reduce((sum, { count }) => sum + count, 0));
  if (rank === 0) return 0;
  let seen = 0;
  const sorted = [...counts].sort((a, b) => a.bucket - b.bucket);
  const at = sorted.find(({ count }) => (seen += count) >= rank);
  return at === undefined || at.bucket === 0 ? 0 : Math.round(growth ** (at.bucket - 0.5));
}

/** The durations of an order that has ended. There are none while it is open. */
export function measuresOf(view: OrderView): Measure[] {
  const { status, timing, endedAt, placedAt, steps, failure } = view;
  if (endedAt === undefined || timing === undefined) return [];
  const critical = new Set(timing.criticalPath);
  const groups = new Set(steps.map(({ group }) => group));
  const since = (time: string | undefined): number | undefined =>
    time === undefined ? undefined : Math.max(0, Date.parse(time) - Date.parse(placedAt));
  const whole = (subject: string, ms: number | undefined): Measure[] =>
    ms === undefined ? [] : [{ subject, ms, attempts: 0, critical: 0 }];
  const ran = steps.flatMap(({ id, startedAt, finishedAt, attempts }): Measure[] => {
    if (groups.has(id) || startedAt === undefined || finishedAt === undefined) return [];
    const ms = Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt));
    return [{ subject: `step:${definedStep(id)}`, ms, attempts, critical: critical.has(id) ? 1 : 0 }];
  });
  const confirmed = steps.find(({ id, state }) => id === 'confirmOrder' && state === 'done');
  const delivered = view.shipments.flatMap(({ deliveredAt }) => deliveredAt ?? []).sort();
  return [
    ...ran,
    ...whole('work', timing.totalWorkMs),
    ...whole('makespan', timing.makespanMs),
    ...whole('confirmed', since(confirmed?.finishedAt)),
    ...whole('delivered', since(delivered.at(-1))),
    ...whole(`end:${status}:${failure?.code ?? ''}`, since(endedAt)),
  ];
}

/** Adds up the measures of orders: one row for each hour, subject and bucket. */
export function added(views: readonly OrderView[]): MeasureRow[] {
  const rows = new Map<string, MeasureRow>();
  for (const view of views) {
    const { name: process, version } = view.process;
    const hour = `${(view.endedAt ?? '').slice(0, 13)}:00:00.000Z`;
    for (const { subject, ms, attempts, critical } of measuresOf(view)) {
      const bucket = bucketOf(ms);
      const key = JSON.stringify([process, hour, version, subject, bucket]);
      const empty = { process, hour, version, subject, bucket, count: 0, totalMs: 0, attempts: 0, critical: 0 };
      const row = rows.get(key) ?? empty;
      rows.set(key, row);
      row.count += 1;
      row.totalMs += Math.round(ms);
      row.attempts += attempts;
      row.critical += critical;
    }
  }
  return [...rows.values()];
}
