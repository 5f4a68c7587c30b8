import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defined } from '../../contracts/defined.js';
import { settings, userEnvironment } from '../../src/config/index.js';
import { ensureBuilt } from '../../tools/local/build.mjs';
import type { PartName } from '../../tools/local/run-file.js';
import { startSystem, type System } from '../../tools/local/system.js';

export interface TestSystemOptions {
  /** Settings on top of the defaults; ports and DATA_DIR are the test's own unless given here. */
  env?: Record<string, string>;
  /** The parts to start; all by default. */
  parts?: readonly PartName[];
}

export interface TestSystem extends System {
  dataDir: string;
  /** The output of the parts since the start, each line after the name of its part. */
  lines: readonly string[];
  /** Stops all parts and starts them again on the same data, on other ports. */
  again: () => Promise<TestSystem>;
  /** Stops everything and removes the data. */
  remove: () => Promise<void>;
}

/**
 * Starts a system of the compiled programs, on free ports and in a folder of its own. It can run beside a system that
 * somebody started by hand.
 *
 *     const system = await startTestSystem();
 *     afterAll(() => system.remove());
 */
export async function startTestSystem(options: TestSystemOptions = {}): Promise<TestSystem> {
  await ensureBuilt();
  const dataDir = options.env?.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'orderflow-test-system-')));
  const lines: string[] = [];
  let system: System;
  try {
    system = await startSystem({
      env: { ...cleanEnvironment(), DATA_DIR: dataDir, ...options.env },
      ...defined({ parts: options.parts }),
      onLine: (part, line) => lines.push(`${part} | ${line}`),
      onNote: (part, note) => lines.push(`${part ?? 'orderflow'} | ${note}`),
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${lines.slice(-60).join('\n')}`, { cause: error });
  }
  const ownMembers = {
    dataDir,
    lines,
    again: async () => {
      await system.stop();
      return startTestSystem({ ...options, env: { ...options.env, DATA_DIR: dataDir } });
    },
    remove: async () => {
      await system.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  // A spread would turn the getters of the system into values.
  return Object.defineProperties(ownMembers, Object.getOwnPropertyDescriptors(system)) as object as TestSystem;
}

/** The person's own environment without Orderflow's settings, on free ports, with quiet parts. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const env = userEnvironment();
  for (const { name } of settings) delete env[name];
  for (const name of Object.keys(env)) if (name.startsWith('TEMPORAL_')) delete env[name];
  return { ...env, PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0', LOG_LEVEL: 'warn' };
}
