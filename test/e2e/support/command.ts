import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../../../tools/local/build.mjs';
import { cleanEnvironment, type TestSystem } from '../../support/system.js';

export interface RunningCommand {
  /** The exit status; undefined while it runs. */
  status: number | undefined;
  /** Resolves at its end. `output` is its printed text, for the message of a failing test. */
  ended: Promise<{ status: number; output: string }>;
}

/** Runs the program of `npm run NAME -- ARGUMENT...` against the given system. */
export function startCommand(system: TestSystem, name: string, ...args: string[]): RunningCommand {
  const child = execa(process.execPath, [join(root, 'dist/tools/cli', `${name}.js`), ...args], {
    cwd: root,
    env: { ...cleanEnvironment(), DATA_DIR: system.dataDir },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
  });
  const command: RunningCommand = {
    status: undefined,
    ended: child.then(({ exitCode = 128, all }) => {
      command.status = exitCode;
      return { status: exitCode, output: all };
    }),
  };
  return command;
}
