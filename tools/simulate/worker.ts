import { parentPort, workerData } from 'node:worker_threads';
import type { CompiledCode } from './runtime/compile.js';
import { Simulator } from './simulate.js';
import { addLife, emptyTally } from './tally.js';
import type { Mode } from './world/world.js';

/** What a thread gets when it starts. */
export interface Work {
  code: CompiledCode;
  modes: readonly Mode[];
}

/** Some seeds, one after the other. */
export interface Batch {
  first: number;
  seeds: number;
}

const { code, modes } = workerData as Work;
const simulator = new Simulator(code);

parentPort!.on('message', ({ first, seeds }: Batch) => {
  const tally = emptyTally();
  for (let seed = first; seed < first + seeds; seed += 1) {
    const mode = modes[seed % modes.length]!;
    addLife(tally, { seed, mode }, simulator.run({ seed }, mode));
  }
  parentPort!.postMessage(tally);
});
