import { Worker } from 'node:worker_threads';
import type { CompiledCode } from './runtime/compile.js';
import type { Progress, Work } from './worker.js';
import type { Mode } from './world/world.js';

export interface Threads {
  code: CompiledCode;
  threads: number;
  firstSeed: number;
  modes: readonly Mode[];
  /** At least so many lives, unless it is stopped before. */
  lives: number;
  isOver: (sum: Readonly<Progress>) => boolean;
  onProgress: (sum: Readonly<Progress>) => void;
}

/** Lives many lives, on several threads. */
export async function liveTogether(options: Threads): Promise<Progress> {
  const { code, threads, firstSeed, modes, lives, isOver, onProgress } = options;
  const sum: Progress = { lives: 0, seeds: 0, failures: [], verified: {} };
  const work = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const workerData: Work = { code, firstSeed: firstSeed + index, step: threads, modes };
      const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData });
      const next = () => worker.postMessage(Math.ceil((lives - sum.lives) / threads));
      worker.on('message', (progress: Progress) => {
        add(sum, progress);
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

function add(sum: Progress, { lives, seeds, failures, verified }: Progress): void {
  sum.lives += lives;
  sum.seeds += seeds;
  sum.failures.push(...failures);
  for (const [invariant, counts] of Object.entries(verified)) {
    const known = (sum.verified[invariant] ??= { verified: 0, unknown: 0 });
    known.verified += counts.verified;
    known.unknown += counts.unknown;
  }
}
