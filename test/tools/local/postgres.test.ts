import pg from 'pg';
import { expect, it } from 'vitest';
import { createDatabase } from '../../support/postgres.js';

it('each database is empty and separate', async () => {
  const [one, two] = await Promise.all([createDatabase(), createDatabase()]);
  expect(one.url).not.toBe(two.url);
  const client = new pg.Client({ connectionString: one.url });
  await client.connect();
  const { rows } = await client.query<{ v: string }>("select current_setting('server_version') as v");
  expect(rows[0]?.v).toMatch(/^18\./);
  client.on('error', () => undefined); // drop ends this session
  await Promise.all([one.drop(), two.drop()]);
});
