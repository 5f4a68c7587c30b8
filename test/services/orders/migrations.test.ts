import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReturnView } from '../../../contracts/order.js';
import { migrations } from '../../../services/orders/migrations/index.js';
import { openDatabase, type Db } from '../../../services/support/database.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { returnView } from './views.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const open = (known: Parameters<typeof openDatabase>[0]['migrations']) =>
  openDatabase({ serverUrl: database.url, name: 'orders', migrations: known, log });
const publish = (db: Db, run: string, length: number, returns: ReturnView[]) =>
  sql`select publish_returns('ord_1', ${run}, ${length}::bigint, 1::bigint, 1::bigint, ${JSON.stringify(returns)}::json)`.execute(
    db,
  );

it('returns in a book of the first release keep their order', async () => {
  const before = await open({ '001_book': migrations['001_book'] });
  await publish(before, 'run-1', 3, [returnView({ reason: 'older' })]);
  await publish(before, 'run-2', 9, [returnView(), returnView({ id: 'ret_2' })]);
  await before.destroy();

  const now = await open(migrations);
  // The first two are stale: from an earlier run, and from an earlier moment of the latest run.
  await publish(now, 'run-1', 90, [returnView({ reason: 'stale' })]);
  await publish(now, 'run-2', 8, [returnView({ reason: 'stale' })]);
  await publish(now, 'run-2', 10, [returnView({ id: 'ret_2', status: 'closed' })]);
  const { rows } = await sql<{ returns: ReturnView[] }>`select returns from orders`.execute(now);
  await now.destroy();
  expect(rows).toEqual([{ returns: [returnView(), returnView({ id: 'ret_2', status: 'closed' })] }]);
});
