import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { InventoryClient } from '../../../services/inventory/client.js';
import type { inventoryContract } from '../../../services/inventory/contract.js';
import { sweep } from '../../../services/inventory/expiry.js';
import { inventoryHandlers } from '../../../services/inventory/routes.js';
import { inventoryService } from '../../../services/inventory/service.js';
import type { Db } from '../../../services/support/database.js';
import { servicesInMemory } from '../../../tools/simulate/services/index.js';
import { startForTest, type ServiceUnderTest } from '../../services/support/start.js';
import { shareOf } from '../../support/share.js';
import { databaseOf, Normal, outcomeOf, settings } from './both.js';

let service: ServiceUnderTest<typeof inventoryContract>;
let db: Db;

beforeAll(async () => {
  // Without background sweeps: the test sweeps both at the same point.
  service = await startForTest({ ...inventoryService, create: () => ({ handlers: inventoryHandlers }) });
  db = await databaseOf(service, inventoryService);
});
afterAll(async () => {
  await db?.destroy();
  await service?.stop();
});

const hourMs = 3_600_000;
const sku = fc.constantFrom('a', 'a', 'a', 'b', 'b', 'b', 'unknown');
const line = fc.record({ sku, quantity: fc.integer({ min: 1, max: 3 }) });
const lines = fc.uniqueArray(line, { minLength: 1, maxLength: 2, selector: ({ sku }) => sku });

const action = fc.record({
  what: fc.constantFrom(
    ...(['reserve', 'reserve', 'reserve', 'commit', 'commit', 'commit', 'renew', 'reduce', 'replace'] as const),
    ...([
      'replace',
      'restock',
      'release',
      'releaseReplacement',
      'stopReplacing',
      'uncommit',
      'runOut',
      'runOut',
      'runOut',
      'sweep',
      'put',
    ] as const),
  ),
  order: fc.constantFrom('o1', 'o2', 'o3'),
  key: fc.integer({ min: 0, max: 9 }),
  run: fc.constantFrom('first', 'first', 'second', undefined),
  lines,
  hours: fc.constantFrom(10, 50),
  parcel: fc.constantFrom('east', 'east', 'west', 'west-2', 'east-2', undefined, undefined, undefined),
  /** Instead, an earlier call again, perhaps by another run. */
  again: fc.option(fc.nat({ max: 9 })),
});
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

const actions = fc.array(action, { minLength: 20, maxLength: 40 });

it('the random calls sell, undo, run out and use keys again', () => {
  const has = (...whats: string[]) => shareOf(actions, (all) => whats.every((w) => all.some(({ what }) => what === w)));
  expect(has('reserve', 'commit')).toBeGreaterThan(0.7);
  expect(has('reserve', 'release')).toBeGreaterThan(0.5);
  expect(has('reserve', 'runOut')).toBeGreaterThan(0.5);
  expect(has('commit', 'replace')).toBeGreaterThan(0.5);
});

/** Makes the call; its skus, orders and keys are those of this case alone, because the cases share a database. */
function make(client: InventoryClient, prefix: string, action: Action): Promise<unknown> {
  const orderId = prefix + action.order;
  const { what, run, hours } = action;
  const call = { key: `${orderId}:${what}:${action.key}`, ...(run === undefined ? {} : { run }) };
  const params = { orderId };
  const own = action.lines.map(({ sku, quantity }) => ({ sku: prefix + sku, quantity }));
  const shipmentId = `${orderId}-${action.parcel ?? 'east'}`;
  const part = action.parcel === undefined ? {} : { shipmentId };
  const holdMs = hours * hourMs;
  switch (what) {
    case 'reserve':
      return client.reserve({ ...call, body: { orderId, lines: own, holdMs } });
    case 'renew':
      return client.renew({ ...call, params, body: { holdMs } });
    case 'reduce':
      return client.reduce({ ...call, params, body: { lines: own } });
    case 'commit':
      return client.commit({ ...call, params, body: {} });
    case 'uncommit':
      return client.uncommit({ ...call, params, body: part });
    case 'release':
      return client.release({ ...call, params, body: part });
    case 'releaseReplacement':
      return client.release({ ...call, params, body: { replacementOf: shipmentId } });
    case 'replace':
      return client.replace({ ...call, params, body: { lostShipmentId: shipmentId } });
    case 'stopReplacing':
      return client.stopReplacing({ ...call, params, body: { lostShipmentId: shipmentId } });
    case 'restock':
      return client.restock({ ...call, body: { orderId, lines: own, ...part } });
    case 'put': {
      const warehouses = [{ warehouse: 'west', available: own[0]!.quantity }];
      return client.putStock({ params: { sku: own[0]!.sku }, body: { warehouses } });
    }
    default:
      throw new Error(what);
  }
}

it('answers as the real service, and has the same tables afterwards', async () => {
  let cases = 0;
  await fc.assert(
    fc.asyncProperty(actions, async (all) => {
      const prefix = `c${cases++}-`;
      const start = Date.now();
      const model = servicesInMemory({ now: Date.now, wait: () => Promise.resolve() }).inventory;
      const normal = { real: new Normal(start), model: new Normal(start) };
      for (const sku of ['a', 'b']) {
        const warehouses = ['east', 'west'].map((warehouse) => ({ warehouse, available: 3 }));
        for (const { putStock } of [service.client, model.client]) {
          await putStock({ params: { sku: prefix + sku }, body: { warehouses } });
        }
      }
      for (const [at, drawn] of all.entries()) {
        const one = drawn.again === null ? drawn : { ...(all[at - 1 - drawn.again] ?? drawn), run: drawn.run };
        if (one.what === 'runOut') {
          // The holds of all orders: the next call that is short of something takes it from the others.
          const { numAffectedRows } = await sql`
            update reservations set expires_at = '2000-01-01'
            where order_id like ${`${prefix}%`} and expires_at is not null`.execute(db);
          const held = [...model.reservations.values()].filter(({ expires_at }) => expires_at !== null);
          for (const reservation of held) reservation.expires_at = '2000-01-01T00:00:00.000Z';
          expect(BigInt(held.length)).toBe(numAffectedRows);
        } else if (one.what === 'sweep') {
          expect(model.sweep()).toBe(await sweep(db));
        } else {
          const real = normal.real.of(await outcomeOf(make(service.client, prefix, one)));
          expect(normal.model.of(await outcomeOf(make(model.client, prefix, one)))).toEqual(real);
        }
      }
      const real = await tables(prefix);
      expect(
        normal.model.of({
          stock: model.stock.filter(({ sku }) => sku.startsWith(prefix)).map(({ put: _, ...row }) => row),
          reservations: [...model.reservations.values()].sort((a, b) => (a.order_id < b.order_id ? -1 : 1)),
          pieces: [...model.pieces.keys()].sort().flatMap((order) => model.pieces.get(order)),
          keys: [...model.keys.calls].map(([key, { status, operation, answer }]) => ({
            ...{ key, status, operation },
            answer: JSON.parse(answer) as unknown,
          })),
          undone: [...model.keys.undos].map(([effect, { run }]) => ({ effect, run })),
        }),
      ).toEqual(normal.real.of(real));
      const list = (client: InventoryClient) =>
        Promise.all(['o1', 'o2'].map((order) => client.listReservations({ query: { orderId: prefix + order } })));
      expect(normal.model.of(await list(model.client))).toEqual(normal.real.of(await list(service.client)));
      // A hold of this case must not expire in the middle of the next one.
      await sql`update reservations set expires_at = null`.execute(db);
    }),
    { ...settings, numRuns: 25 },
  );
}, 120_000);

async function tables(prefix: string) {
  const own = `${prefix}%`;
  const rows = async (query: ReturnType<typeof sql>) => (await query.execute(db)).rows;
  return {
    stock: await rows(sql`select * from stock where sku like ${own} order by sku, warehouse`),
    reservations: await rows(sql`select * from reservations where order_id like ${own} order by order_id`),
    pieces: await rows(sql`select * from pieces where order_id like ${own} order by order_id, shipment_id, sku`),
    keys: await rows(sql`
      select key, status, operation, answer::json as answer from idempotency_keys where key like ${own}
      order by created_at`),
    undone: await rows(sql`select effect, run from undone where effect like ${`%${prefix}%`} order by at`),
  };
}
