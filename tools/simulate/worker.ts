import { parentPort, workerData } from 'node:worker_threads';
import { Simulator } from './simulate.js';
import type { FailedLife } from './simulate.js';
import type { CompiledCode } from './runtime/compile.js';
import type { Mode } from './world/world.js';

/** A thread that lives the lives of every n-th seed. */
export interface Work {
  code: CompiledCode;
  firstSeed: number;
  step: number;
  modes: readonly Mode[];
}

export interface Progress {
  lives: number;
  seeds: number;
  failures: FailedLife[];
  /** How often each invariant was verified, and how often it could not be. */
  verified: Record<string, { verified: number; unknown: number }>;
}

/** How many seeds are lived between two messages. */
const batch = 50;

const { code, firstSeed, step, modes } = workerData as Work;
const simulator = new Simulator(code);
let seed = firstSeed;

parentPort!.on('message', (seeds: number) => {
  const progress: Progress = { lives: 0, seeds: 0, failures: [], verified: {} };
  for (let i = 0; i < Math.min(batch, seeds); i += 1) {
    const mode = modes[seed % modes.length]!;
    const { orders, violations, findings } = simulator.run({ seed }, mode);
    progress.lives += orders;
    progress.seeds += 1;
    if (violations.length > 0) progress.failures.push({ seed, mode, violations });
    for (const { invariant, verified, unknown } of findings) {
      const sum = (progress.verified[invariant] ??= { verified: 0, unknown: 0 });
      sum.verified += verified;
      sum.unknown += unknown.length;
    }
    seed += step;
  }
  parentPort!.postMessage(progress);
});
