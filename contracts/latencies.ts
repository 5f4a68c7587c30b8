/**
 * Counts of durations, by size. The counts of several programs can be added, which is not true of their percentiles. Each bucket is a fifth
 * wider than the one before, so a quantile is right within 10 %.
 */

const growth = 1.2;
/** The last bucket begins at 11 s: longer than any call of a service may take. */
const buckets = 52;

export const noLatencies = (): number[] => Array<number>(buckets).fill(0);

export function countLatency(counts: number[], ms: number): void {
  const bucket = Math.min(buckets - 1, Math.max(0, Math.ceil(Math.log(ms) / Math.log(growth))));
  counts[bucket]! += 1;
}

export function addLatencies(sum: number[], counts: readonly number[]): void {
  for (let bucket = 0; bucket < buckets; bucket += 1) sum[bucket]! += counts[bucket] ?? 0;
}

/** In whole milliseconds, at least 1. @returns undefined where nothing was counted. */
export function latencyQuantile(counts: readonly number[], part: number): number | undefined {
  const rank = Math.ceil(part * counts.reduce((sum, count) => sum + count, 0));
  if (rank === 0) return undefined;
  let seen = 0;
  const bucket = counts.findIndex((count) => (seen += count) >= rank);
  return Math.max(1, Math.round(growth ** (bucket - 0.5)));
}
