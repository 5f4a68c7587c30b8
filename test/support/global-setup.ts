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
    /** Superuser's URL of the PostgreSQL of this test run. */
    postgresUrl: string;
  }
}

/** One real PostgreSQL for the whole test run, on a free port. */
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
 * A folder for all that this run writes and starts: the TMPDIR of everything in it. A reaper beside the run ends what has that mark, and removes
 * the folder, once the run is over, also when it was killed.
 */
async function beginRun(): Promise<{ folder: string; end: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-test-run-'));
  await chmod(folder, 0o755); // As root, PostgreSQL runs as another user, who must be let in.
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
