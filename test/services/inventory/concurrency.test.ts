import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AllocatedParcel, inventoryContract } from '../../../services/inventory/contract.js';
import { expireHolders, sweep } from '../../../services/inventory/expiry.js';
import { inventoryHandlers } from '../../../services/inventory/routes.js';
import { inventoryService } from '../../../services/inventory/service.js';
import { Rejection } from '../../../services/support/client.js';
import { databaseUrlOf, openDatabase, type Db } from '../../../services/support/database.js';
import { until } from '../../support/until.js';
import { startForTest, type ServiceUnderTest } from '../support/start.js';
import { shareOf } from '../../support/share.js';

/** Without background sweeps: a test runs them itself. */
const inventoryWithoutSweeps = { ...inventoryService, create: () => ({ handlers: inventoryHandlers }) };
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let database: Db;
let service: ServiceUnderTest<typeof inventoryContract>;
let inventory: ServiceUnderTest<typeof inventoryContract>['client'];

beforeAll(async () => {
  service = await startForTest(inventoryWithoutSweeps);
  inventory = service.client;
  database = await openDatabase({
    serverUrl: service.databaseUrl,
    name: 'inventory',
    migrations: inventoryService.migrations,
    log,
  });
});
afterAll(async () => {
  await database?.destroy();
  await service?.stop();
});

const holdMs = 3_600_000;

async function stock(sku: string, levels: Record<string, number>): Promise<void> {
  const warehouses = Object.entries(levels).map(([warehouse, available]) => ({ warehouse, available }));
  await inventory.putStock({ params: { sku }, body: { warehouses } });
}

/** @returns the answer, or the code of the rejection. Throws any other error again. */
async function orRefusal<T>(call: Promise<T>): Promise<T | string> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Rejection) return error.code;
    throw error;
  }
}

describe('many calls at the same moment', () => {
  it('a hundred orders want the last piece: one gets it', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        orRefusal(
          inventory.reserve({
            body: { orderId: `last-${i}`, lines: [{ sku: 'rare', quantity: 1 }], holdMs },
            key: `last-${i}`,
          }),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'out_of_stock')).toHaveLength(99);
    const { warehouses } = await inventory.getStock({ params: { sku: 'rare' } });
    expect(warehouses).toEqual([{ warehouse: 'east', available: 0, reserved: 1, committed: 0 }]);
  });

  it('orders with the same skus in opposite sequence do not block each other, and nothing is oversold', async () => {
    const skus = ['cross-a', 'cross-b', 'cross-c', 'cross-d'];
    for (const sku of skus) await stock(sku, { east: 40, west: 40 });
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, i) => {
        const lines = (i % 2 ? skus : skus.toReversed()).map((sku) => ({ sku, quantity: 1 }));
        return orRefusal(inventory.reserve({ body: { orderId: `cross-${i}`, lines, holdMs }, key: `cross-${i}` }));
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'out_of_stock')).toHaveLength(20);
    for (const sku of skus) {
      const { warehouses } = await inventory.getStock({ params: { sku } });
      expect(warehouses.map(({ available, reserved }) => [available, reserved])).toEqual([
        [0, 40],
        [0, 40],
      ]);
    }
  });

  it('do and undo of one order at the same moment leave nothing reserved, whichever comes first', async () => {
    await stock('race', { east: 5 });
    for (let i = 0; i < 20; i++) {
      const orderId = `race-${i}`;
      const params = { orderId };
      await Promise.all([
        orRefusal(
          inventory.reserve({ body: { orderId, lines: [{ sku: 'race', quantity: 5 }], holdMs }, key: `${orderId}:r` }),
        ),
        orRefusal(inventory.commit({ params, body: {}, key: `${orderId}:c` })),
        orRefusal(inventory.uncommit({ params, body: {}, key: `${orderId}:u` })),
        orRefusal(inventory.release({ params, body: {}, key: `${orderId}:x` })),
      ]);
      const { warehouses } = await inventory.getStock({ params: { sku: 'race' } });
      expect(warehouses).toEqual([{ warehouse: 'east', available: 5, reserved: 0, committed: 0 }]);
    }
  });

  it('a call that found no order, and a call of the order that exists by now, do not wait for each other', async () => {
    await stock('late', { east: 2 });
    const orderId = 'late';
    const reserve = () =>
      inventory.reserve({ body: { orderId, lines: [{ sku: 'late', quantity: 1 }], holdMs }, key: randomUUID() });
    const connectionString = databaseUrlOf(service.databaseUrl, 'inventory');
    const [client, watcher] = [new pg.Client({ connectionString }), new pg.Client({ connectionString })];
    await Promise.all([client.connect(), watcher.connect()]);
    try {
      await client.query('begin');
      await client.query("select from stock where sku = 'late' for update");
      const first = reserve();
      await until(async () => (await waitingForLocks(watcher)) === 1, 5_000);
      await inventory.release({ params: { orderId }, body: { shipmentId: 'late-west' }, key: randomUUID() });
      const second = reserve();
      await until(async () => (await waitingForLocks(watcher)) === 2, 5_000);
      await client.query('commit');
      let isOver = false;
      const both = Promise.all([first, second]).finally(() => (isOver = true));
      while (!isOver) expect(await blockedByEachOther(watcher)).toBe(0);
      await both;
    } finally {
      await Promise.all([client.end(), watcher.end()]);
    }
  });
});

/** @returns the number of sessions that wait for one that waits for them. PostgreSQL ends such a wait after a second. */
async function blockedByEachOther(client: pg.Client): Promise<number> {
  const { rowCount } = await client.query(`
    with blocked as (
      select pid, pg_blocking_pids(pid) as by from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'
    )
    select from blocked a join blocked b on b.pid = any(a.by) and a.pid = any(b.by)`);
  return rowCount ?? 0;
}

async function waitingForLocks(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return Number(rows[0]?.count);
}

describe('a sweep of expired orders', () => {
  /** Two expired orders; the first expired a second earlier. A client holds the lock on the stock of one of them. */
  async function expiredWithLockOn(locked: 'first' | 'second') {
    const run = randomUUID().slice(0, 8);
    const orders = { first: `${run}-first`, second: `${run}-second` };
    for (const orderId of Object.values(orders)) {
      await stock(orderId, { east: 1 });
      await inventory.reserve({ body: { orderId, lines: [{ sku: orderId, quantity: 1 }], holdMs }, key: randomUUID() });
    }
    const client = new pg.Client({ connectionString: databaseUrlOf(service.databaseUrl, 'inventory') });
    await client.connect();
    const expire = "update reservations set expires_at = now() - $2 * interval '1 s' where order_id = $1";
    await client.query(expire, [orders.first, 2]);
    await client.query(expire, [orders.second, 1]);
    await client.query('begin');
    await client.query('select from stock where sku = $1 for update', [orders[locked]]);
    return { ...orders, client };
  }

  const stateOf = async (orderId: string) =>
    (await inventory.listReservations({ query: { orderId } })).items.map(({ state }) => state);
  const renew = (orderId: string) => inventory.renew({ params: { orderId }, body: { holdMs }, key: randomUUID() });

  it('does not change an order that was renewed after the sweep found it', async () => {
    const { first, second, client } = await expiredWithLockOn('first');
    try {
      const sweeping = sweep(database);
      await until(async () => (await waitingForLocks(client)) === 1, 5_000);
      await renew(second);
      await client.query('commit');
      await sweeping;
      expect({ first: await stateOf(first), second: await stateOf(second) }).toEqual({
        first: ['expired'],
        second: ['reserved'],
      });
    } finally {
      await client.end();
    }
  });

  it('and a renewal that waits for it: the renewal reserves the expired order again', async () => {
    const { second, client } = await expiredWithLockOn('second');
    try {
      const sweeping = sweep(database);
      await until(async () => (await waitingForLocks(client)) === 1, 5_000);
      const renewing = renew(second);
      await until(async () => (await waitingForLocks(client)) === 2, 5_000);
      await client.query('commit');
      await Promise.all([sweeping, renewing]);
      expect(await stateOf(second)).toEqual(['reserved']);
    } finally {
      await client.end();
    }
  });
});

it('many orders that hold a sku past their expiry give it back in two statements', async () => {
  await stock('hoard', { east: 30, west: 30 });
  const orderIds = Array.from({ length: 30 }, (_, i) => `hoard-${i}`);
  const reserve = (orderId: string, quantity: number) =>
    inventory.reserve({ body: { orderId, lines: [{ sku: 'hoard', quantity }], holdMs }, key: orderId });
  await Promise.all(orderIds.map((orderId) => reserve(orderId, 2)));
  await sql`update reservations set expires_at = now() where order_id = any(${orderIds.slice(1)})`.execute(database);
  let statements = 0;
  const counted = database.withPlugin({
    transformQuery: ({ node }) => (statements++, node),
    transformResult: ({ result }) => Promise.resolve(result),
  });
  expect(await expireHolders(counted, { orderId: 'other', short: ['hoard'] })).toBe(true);
  expect(statements).toBe(2);
  const { warehouses } = await inventory.getStock({ params: { sku: 'hoard' } });
  const sum = (column: 'available' | 'reserved') => warehouses.reduce((total, level) => total + level[column], 0);
  expect({ available: sum('available'), reserved: sum('reserved') }).toEqual({ available: 58, reserved: 2 });
  expect(await expireHolders(database, { orderId: 'other', short: ['hoard'] })).toBe(false);
});

type Action =
  | { what: 'reserve'; order: number; quantities: number[]; short: boolean }
  | { what: 'renew'; order: number; short: boolean }
  | { what: 'commit' | 'uncommit' | 'release' | 'replace' | 'releaseParcel'; order: number; east: boolean }
  | { what: 'reduce' | 'restock'; order: number; sku: number; quantity: number }
  | { what: 'sweep' };

const orders = [0, 1, 2];
/** Most actions are about order 0, so that much happens to it. The others want the same pieces. */
const order = fc.constantFrom(0, 0, 0, 1, 1, 2);
const reserving = fc.record({
  what: fc.constant('reserve' as const),
  order,
  quantities: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 2, maxLength: 2 }),
  short: fc.boolean(),
});
const holding = fc.record({ what: fc.constant('renew' as const), order, short: fc.boolean() });
const moving = fc.record({
  // Commits are more frequent, because many other actions need one before them.
  what: fc.constantFrom('commit', 'commit', 'commit', 'uncommit', 'release', 'replace', 'releaseParcel'),
  order,
  east: fc.boolean(),
});
const lowering = fc.record({
  what: fc.constantFrom('reduce', 'restock'),
  order,
  sku: fc.integer({ min: 0, max: 1 }),
  quantity: fc.integer({ min: 1, max: 6 }),
});
const sweeping = fc.constant({ what: 'sweep' as const });
const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });
const action: fc.Arbitrary<Action> = fc.oneof(
  weighted(3, reserving),
  weighted(3, holding),
  weighted(5, moving),
  weighted(2, lowering),
  weighted(1, sweeping),
);

/** Rounds of actions. First each order reserves something. The actions of a round run at the same moment. */
const history = fc
  .tuple(
    fc.tuple(...orders.map((o) => reserving.map((todo): Action[] => [{ ...todo, order: o }]))),
    fc.array(fc.array(action, { minLength: 1, maxLength: 4 }), { minLength: 5, maxLength: 10 }),
  )
  .map((parts) => parts.flat());

/** Whether these actions happen to one order in this sequence, each in a later round than the one before. */
function follow(rounds: Action[][], ...whats: Action['what'][]): boolean {
  return orders.some((o) => {
    let at = -1;
    return whats.every((what) => {
      at = rounds.findIndex(
        (round, i) => i > at && round.some((todo) => todo.what === what && 'order' in todo && todo.order === o),
      );
      return at >= 0;
    });
  });
}

it('the generated histories commit, and then uncommit, replace, restock and release', () => {
  const share = (...whats: Action['what'][]) => shareOf(history, (rounds) => follow(rounds, ...whats));
  expect(share('reserve', 'commit')).toBeGreaterThan(0.5);
  for (const after of ['uncommit', 'replace', 'restock', 'release'] as const) {
    expect(share('reserve', 'commit', after), after).toBeGreaterThan(0.2);
  }
  expect(share('reserve', 'renew')).toBeGreaterThan(0.5);
  expect(share('reserve', 'reduce')).toBeGreaterThan(0.3);
});

interface Answer {
  parcels?: AllocatedParcel[];
  expiresAt?: string;
}

async function perform(run: string, skus: string[], todo: Action): Promise<Answer> {
  if (todo.what === 'sweep') {
    await sweep(database);
    return {};
  }
  const orderId = `${run}-${todo.order}`;
  const params = { orderId };
  const key = randomUUID();
  switch (todo.what) {
    case 'reserve': {
      const lines = skus
        .map((sku, i) => ({ sku, quantity: todo.quantities[i] ?? 0 }))
        .filter(({ quantity }) => quantity > 0);
      if (lines.length === 0) return {};
      return inventory.reserve({ body: { orderId, lines, holdMs: todo.short ? 1 : holdMs }, key });
    }
    case 'renew':
      return inventory.renew({ params, body: { holdMs: todo.short ? 1 : holdMs }, key });
    case 'commit':
    case 'uncommit':
    case 'release':
      return inventory[todo.what]({ params, body: {}, key });
    case 'releaseParcel':
      return inventory.release({ params, body: { shipmentId: `${orderId}-${todo.east ? 'east' : 'west'}` }, key });
    case 'replace':
      await inventory.replace({
        params,
        body: { lostShipmentId: `${orderId}-${todo.east ? 'east' : 'west'}` },
        key,
      });
      return {};
    case 'reduce':
    case 'restock': {
      const lines = [{ sku: skus[todo.sku] as string, quantity: todo.quantity }];
      return todo.what === 'reduce'
        ? inventory.reduce({ params, body: { lines }, key })
        : inventory.restock({ body: { orderId, lines }, key });
    }
  }
}

/** What the answers promised an order: the end of the hold, and the number of pieces (unknown after calls at the same moment). */
interface Told {
  heldUntil: number;
  pieces?: number | undefined;
}

/** Compares the answers of a round with what each order was promised before, and stores the new promises. */
function listen(told: Told[], round: readonly Action[], answers: readonly (Answer | string)[]): string[] {
  const found: string[] = [];
  for (const o of orders) {
    const own = round.flatMap((todo, i) =>
      todo.what !== 'sweep' && todo.order === o ? [{ todo, answer: answers[i]! }] : [],
    );
    if (own.length === 0) continue;
    const before = told[o]!;
    // A new reservation has its own hold time, and it is unknown which of several calls came last.
    const heldUntil = own.some(({ todo }) => todo.what === 'reserve')
      ? 0
      : Math.max(
          before.heldUntil,
          ...own.map(({ answer }) => (typeof answer === 'string' ? 0 : Date.parse(answer.expiresAt ?? '0'))),
        );
    told[o] = { heldUntil };
    const [{ todo, answer }] = own as [(typeof own)[number]];
    if (own.length > 1) continue;
    if (typeof answer === 'string') {
      told[o].pieces = before.pieces;
      continue;
    }
    const pieces = answer.parcels?.flatMap(({ lines }) => lines).reduce((sum, { quantity }) => sum + quantity, 0);
    if (todo.what === 'reserve') told[o] = { heldUntil: Date.parse(answer.expiresAt ?? '0'), pieces };
    if (todo.what !== 'commit' && todo.what !== 'renew') continue;
    if (before.pieces !== undefined && pieces !== before.pieces) {
      found.push(`order ${o} counted on ${before.pieces} pieces, and ${todo.what} gave it ${pieces}`);
    }
    told[o].pieces = pieces;
  }
  return found;
}

/** The errors: stock that differs from the orders' pieces, stock whose sum has changed, and orders that have less than was promised. */
async function differences(run: string, skus: string[], told: readonly Told[]): Promise<string[]> {
  const found: string[] = [];
  const had = new Map<string, number>();
  for (const o of orders) {
    const { items } = await inventory.listReservations({ query: { orderId: `${run}-${o}`, limit: 200 } });
    const { heldUntil } = told[o]!;
    for (const { sku, warehouse, state, quantity, restocked, expiresAt } of items) {
      const place = `${sku} ${warehouse} ${state}`;
      had.set(place, (had.get(place) ?? 0) + quantity - restocked);
      if (state === 'expired' && heldUntil > Date.now()) found.push(`order ${o}: ${place} before its time`);
      if (expiresAt !== undefined && Date.parse(expiresAt) < heldUntil) {
        found.push(`order ${o}: ${place} until ${expiresAt}, not ${new Date(heldUntil).toISOString()}`);
      }
    }
  }
  for (const sku of skus) {
    const { warehouses } = await inventory.getStock({ params: { sku } });
    for (const { warehouse, available, reserved, committed } of warehouses) {
      const place = `${sku} ${warehouse}`;
      if (available + reserved + committed !== 4) {
        found.push(`${place}: ${available} + ${reserved} + ${committed} is not 4`);
      }
      if (reserved !== (had.get(`${place} reserved`) ?? 0)) found.push(`${place}: ${reserved} reserved`);
      if (committed !== (had.get(`${place} committed`) ?? 0)) found.push(`${place}: ${committed} committed`);
    }
  }
  return found;
}

it('after any calls in any order, quantities balance, and each order has what it was promised', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(history, async (rounds) => {
      const run = `prop-${runs++}`;
      const skus = [`${run}-a`, `${run}-b`];
      for (const sku of skus) await stock(sku, { east: 4, west: 4 });
      const told = orders.map((): Told => ({ heldUntil: 0 }));
      for (const round of rounds) {
        const answers = await Promise.all(round.map((todo) => orRefusal(perform(run, skus, todo))));
        const found = [...listen(told, round, answers), ...(await differences(run, skus, told))];
        if (found.length > 0) throw new Error(`After ${JSON.stringify(round)}:\n${found.join('\n')}`);
      }
      for (const o of orders) await perform(run, skus, { what: 'release', order: o, east: true });
      for (const sku of skus) {
        const { warehouses } = await inventory.getStock({ params: { sku } });
        expect(warehouses.every(({ reserved }) => reserved === 0)).toBe(true);
      }
    }),
    // The limit also ends the search for a smaller failing case.
    { numRuns: 60, interruptAfterTimeLimit: 20_000 },
  );
}, 60_000);
