import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from '../../../tools/local/build.mjs';
import { cleanEnvironment, type TestSystem } from '../../support/system.js';

export interface RunningCommand {
  /** Undefined while it runs. */
  readonly status: number | undefined;
  /** What it said stands in `output`, for the message of a test that fails. */
  ended: Promise<{ status: number; output: string }>;
}

/** Runs what `npm run NAME -- ARGUMENT...` runs, against the system that `npm run` would find by DATA_DIR. */
export function startCommand(system: TestSystem, name: string, ...args: string[]): RunningCommand {
  const child = spawn(process.execPath, [join(root, 'dist/tools/cli', `${name}.js`), ...args], {
    cwd: root,
    env: { ...cleanEnvironment(), DATA_DIR: system.dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const running = { status: undefined as number | undefined };
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({
    status: (running.status = code ?? 128),
    output,
  }));
  return Object.defineProperties({ ended } as RunningCommand, { status: { get: () => running.status } });
}
