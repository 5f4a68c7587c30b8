import { Worker } from 'node:worker_threads';
import type { CompiledCode } from './runtime/compile.js';
import { addTally, emptyTally } from './tally.js';
import type { Tally } from './tally.js';
import type { Work } from './worker.js';
import type { Mode } from './world/world.js';

export interface Threads {
  code: CompiledCode;
  threads: number;
  firstSeed: number;
  modes: readonly Mode[];
  /** At least so many lives, unless it is stopped before. */
  lives: number;
  /** Asked after every 50 seeds of a thread. */
  isOver: (sum: Readonly<Tally>) => boolean;
  onProgress: (sum: Readonly<Tally>) => void;
}

/** Garbage of a few lives. With less, the collector looks at the same live objects again and again. */
const resourceLimits = { maxYoungGenerationSizeMb: 96 };

/** Lives many lives, on several threads. */
export async function liveTogether(options: Threads): Promise<Tally> {
  const { code, threads, firstSeed, modes, lives, isOver, onProgress } = options;
  const sum = emptyTally();
  const work = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const workerData: Work = { code, firstSeed: firstSeed + index, step: threads, modes };
      const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData, resourceLimits });
      const next = () => worker.postMessage(Math.ceil((lives - sum.lives) / threads));
      worker.on('message', (tally: Tally) => {
        addTally(sum, tally);
        onProgress(sum);
        if (sum.lives < lives && !isOver(sum)) next();
        else void worker.terminate().then(() => resolve());
      });
      worker.on('error', reject);
      next();
    });
  await Promise.all(Array.from({ length: threads }, (_, index) => work(index)));
  return sum;
}
