import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { userEnvironment } from '../../src/config/index.js';
import { freePort } from '../../tools/local/ports.js';
import { preparePostgres } from '../../tools/local/postgres.js';
import { launch } from '../../tools/local/program.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The superuser's URL of this test run's PostgreSQL. */
    postgresUrl: string;
  }
}

/** Starts one real PostgreSQL for the whole test run, on a free port. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const run = await beginRun();
  const program = await preparePostgres({
    dir: join(run.folder, 'postgres'),
    port: await freePort(),
    // Nothing here has to survive a power cut.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '500' },
  });
  const server = await launch('postgres', program);
  await server.ready;
  project.provide('postgresUrl', program.url);
  return async () => {
    await server.stop();
    await run.end();
  };
}

/**
 * Creates the folder of this run, the TMPDIR of every program in it. When the run is over, also when it was killed, a reaper ends all
 * programs with that TMPDIR and removes the folder.
 */
async function beginRun(): Promise<{ folder: string; end: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-test-run-'));
  await chmod(folder, 0o755); // As root, PostgreSQL runs as another user, which needs access.
  const reaper = spawn(process.execPath, [fileURLToPath(new URL('./reaper.mjs', import.meta.url))], {
    env: userEnvironment(),
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(reaper, 'exit');
  reaper.stdin.write(`${folder}\n`);
  process.env.TMPDIR = folder;
  return {
    folder,
    end: async () => {
      reaper.stdin.end();
      await ended;
    },
  };
}
