import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { it } from 'vitest';
import { startDevServer } from '../../../support/dev-server.js';
import { postgresUrl } from '../../../support/postgres.js';
import { startTestSystem } from '../../../support/system.js';

/** Starts one server of each kind, reports their process ids, and then never ends. */
it('starts the servers that tests start', async () => {
  const temporal = await startDevServer();
  const system = await startTestSystem({ parts: ['postgres', 'orders'] });
  const database = new pg.Client({ connectionString: postgresUrl() });
  await database.connect();
  const { rows } = await database.query<{ line: string }>("select pg_read_file('postmaster.pid') as line");
  const pids = {
    worker: process.pid,
    postgresOfTheRun: Number(rows[0]!.line.split('\n')[0]),
    temporal: temporal.pid,
    postgres: system.pid('postgres'),
    orders: system.pid('orders'),
  };
  writeFileSync(process.env.SAYS_PIDS_TO!, JSON.stringify({ pids, folder: tmpdir() }));
  await new Promise(() => undefined);
});
