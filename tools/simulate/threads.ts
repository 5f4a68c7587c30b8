import { Worker } from 'node:worker_threads';
import type { CompiledCode } from './runtime/compile.js';
import { addTally, emptyTally } from './tally.js';
import type { Tally } from './tally.js';
import type { Batch, Work } from './worker.js';
import type { Mode } from './world/world.js';

export interface Threads {
  code: CompiledCode;
  threads: number;
  firstSeed: number;
  modes: readonly Mode[];
  /** At least so many lives, unless it is stopped before. */
  lives: number;
  /** At most so many seeds: these and no others, however fast each thread is. */
  seeds?: number | undefined;
  /** Asked after each batch of seeds. */
  isOver: (sum: Readonly<Tally>) => boolean;
  onProgress: (sum: Readonly<Tally>) => void;
}

/** Garbage of a few lives. With less, the collector looks at the same live objects again and again. */
const resourceLimits = { maxYoungGenerationSizeMb: 96 };

/** How many seeds a thread is given at a time. */
const batchSize = 50;

/** Lives many lives, on several threads. */
export async function liveTogether(options: Threads): Promise<Tally> {
  const { code, threads, firstSeed, modes, lives, seeds = Infinity, isOver, onProgress } = options;
  const sum = emptyTally();
  const end = firstSeed + seeds;
  let first = firstSeed;
  const nextBatch = (): Batch | undefined => {
    const size = Math.min(batchSize, end - first, Math.ceil((lives - sum.lives) / threads));
    if (size <= 0 || isOver(sum)) return undefined;
    first += size;
    return { first: first - size, seeds: size };
  };
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const workerData: Work = { code, modes };
      const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData, resourceLimits });
      const goOn = () => {
        const batch = nextBatch();
        if (batch) worker.postMessage(batch);
        else void worker.terminate().then(() => resolve());
      };
      worker.on('message', (tally: Tally) => {
        addTally(sum, tally);
        onProgress(sum);
        goOn();
      });
      worker.on('error', reject);
      goOn();
    });
  await Promise.all(Array.from({ length: threads }, work));
  return sum;
}
