import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { workerSizes } from '../../src/config/worker-sizes.js';

const unset = { WORKER_SLOTS: undefined, WORKER_CACHED_RUNS: undefined };

it.each([
  [
    { cpus: 1, heapMb: 512 },
    { slots: 4, cachedRuns: 736 },
  ],
  [
    { cpus: 2, heapMb: 4144 },
    { slots: 6, cachedRuns: 11632 },
  ],
  [
    { cpus: 32, heapMb: 4144 },
    { slots: 12, cachedRuns: 11632 },
  ],
  [
    { cpus: 2, heapMb: 256 },
    { slots: 6, cachedRuns: 100 },
  ],
])('a worker on %o does %o', (machine, sizes) => {
  expect(workerSizes(unset, machine)).toEqual(sizes);
});

it('both can be set', () => {
  expect(loadConfig({ WORKER_SLOTS: '40', WORKER_CACHED_RUNS: '7' }).worker).toEqual({ slots: 40, cachedRuns: 7 });
});

it.each(['1', '1.5', '-4', '5000', 'many'])('WORKER_SLOTS=%s is refused', (given) => {
  expect(() => loadConfig({ WORKER_SLOTS: given })).toThrow(
    /WORKER_SLOTS: given ".*": not a whole number from 2 to 1000/,
  );
});
