import { expect, it } from 'vitest';
import { addLatencies, countLatency, latencyQuantile, noLatencies } from '../../contracts/latencies.js';

function counted(durations: readonly number[]): number[] {
  const counts = noLatencies();
  for (const ms of durations) countLatency(counts, ms);
  return counts;
}

it.each([1, 3, 17, 250, 999, 1000, 4_321, 9_000, 10_000])('a duration of %i ms is told within 10 %%', (ms) => {
  const told = latencyQuantile(counted([ms]), 0.5)!;
  expect(Math.abs(told - ms)).toBeLessThanOrEqual(Math.max(1, ms * 0.1));
});

it('quantiles are those of all durations, wherever they were counted', () => {
  const sum = noLatencies();
  addLatencies(sum, counted(Array.from({ length: 90 }, () => 10)));
  addLatencies(sum, counted(Array.from({ length: 10 }, () => 1000)));
  expect([0.5, 0.9].map((part) => latencyQuantile(sum, part))).toEqual([10, 10]);
  expect(latencyQuantile(sum, 0.91)).toBe(latencyQuantile(counted([1000]), 1));
});

it('nothing was counted: there is no quantile', () => {
  expect(latencyQuantile(noLatencies(), 0.5)).toBeUndefined();
});

it('durations outside of the buckets count as the shortest and the longest', () => {
  expect(latencyQuantile(counted([0]), 1)).toBe(1);
  expect(latencyQuantile(counted([0.001]), 1)).toBe(1);
  expect(latencyQuantile(counted([1e9]), 1)).toBe(latencyQuantile(counted([20_000]), 1));
});
