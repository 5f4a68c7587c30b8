import type { Program } from '../../../tools/local/program.js';
import { readyByLine } from '../../../tools/local/readiness.js';
import type { PartSpec } from '../../../tools/local/supervisor.js';

/** A part made of a few lines of JavaScript. It is ready when it prints `ready`. */
export function toyPart(name: string, script: string, options: Partial<Omit<PartSpec, 'name'>> = {}): PartSpec {
  return { name, after: [], stage: 0, prepare: () => Promise.resolve(toyProgram(script)), ...options };
}

export function toyProgram(script: string): Program {
  return {
    command: process.execPath,
    args: ['-e', script],
    env: { PATH: process.env.PATH },
    ready: readyByLine(/^ready$/),
    stopSignal: 'SIGTERM',
    graceMs: 1_000,
  };
}

export const lives = "console.log('ready'); setInterval(() => {}, 1000);";
