import { parentPort, workerData } from 'node:worker_threads';
import type { CompiledCode } from './runtime/compile.js';
import { Simulator } from './simulate.js';
import { addLife, emptyTally } from './tally.js';
import type { Mode } from './world/world.js';

/** A thread that lives the lives of every n-th seed. */
export interface Work {
  code: CompiledCode;
  firstSeed: number;
  step: number;
  modes: readonly Mode[];
}

/** How many seeds are lived between two messages. */
const batch = 50;

const { code, firstSeed, step, modes } = workerData as Work;
const simulator = new Simulator(code);
let seed = firstSeed;

parentPort!.on('message', (seeds: number) => {
  const tally = emptyTally();
  for (let i = 0; i < Math.min(batch, seeds); i += 1) {
    const mode = modes[seed % modes.length]!;
    addLife(tally, { seed, mode }, simulator.run({ seed }, mode));
    seed += step;
  }
  parentPort!.postMessage(tally);
});
