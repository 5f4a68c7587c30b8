import { availableParallelism } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Values } from './settings.js';

/** How much a worker does and keeps at the same time. */
export interface WorkerSizes {
  readonly slots: number;
  readonly cachedRuns: number;
}

interface Machine {
  cpus: number;
  /** What Node.js may use: a quarter of the memory of the machine or container, at most 4 GB, or what NODE_OPTIONS says. */
  heapMb: number;
}

/** Fewer slots leave a CPU idle while calls wait for answers. More make each order slower, and let newer orders overtake older ones. */
const slotsPerCpu = 3;
const fewestSlots = 4;
/** One thread runs the workflow code of a worker, so more CPUs do not make it faster. */
const mostSlots = 12;
/** Measured: 0.17 MB of memory for each order that waits for its payment, among 2,000. An order with more steps behind it takes more. */
const mbPerRun = 0.25;
/** Memory of a worker without any run. */
const baseMb = 200;

/** The sizes that are set. The others follow from the machine. */
export function workerSizes(
  { WORKER_SLOTS, WORKER_CACHED_RUNS }: Pick<Values, 'WORKER_SLOTS' | 'WORKER_CACHED_RUNS'>,
  { cpus, heapMb }: Machine = thisMachine(),
): WorkerSizes {
  const cachedRuns = Math.floor((heapMb * 0.75 - baseMb) / mbPerRun);
  return {
    slots: WORKER_SLOTS ?? Math.min(mostSlots, Math.max(fewestSlots, slotsPerCpu * cpus)),
    cachedRuns: WORKER_CACHED_RUNS ?? Math.max(100, cachedRuns),
  };
}

function thisMachine(): Machine {
  return { cpus: availableParallelism(), heapMb: getHeapStatistics().heap_size_limit / 1024 / 1024 };
}
