import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../src/local/ports.js';
import { preparePostgres } from '../../src/local/postgres.js';
import { launch } from '../../src/local/process.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser's URL of the PostgreSQL of this test run. */
    postgresUrl: string;
  }
}

/** One real PostgreSQL for the whole test run, on a free port and in a folder of its own; removed at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'orderflow-test-postgres-'));
  await chmod(dir, 0o755); // As root the server runs as another user, who must be let in.
  const program = await preparePostgres({
    dir,
    port: await freePort(),
    // Nothing here has to survive a power cut.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '500' },
  });
  const server = await launch('postgres', program);
  await server.ready;
  project.provide('postgresUrl', program.url);
  return async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
}
