import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { inventoryContract } from '../../../services/inventory/contract.js';
import { inventoryService } from '../../../services/inventory/service.js';
import { ServiceRefusal } from '../../../services/support/client.js';
import { eventually, startForTest, type ServiceUnderTest } from '../support/start.js';

let service: ServiceUnderTest<typeof inventoryContract>;
let inventory: ServiceUnderTest<typeof inventoryContract>['client'];

beforeAll(async () => {
  service = await startForTest(inventoryService);
  inventory = service.client;
});
afterAll(() => service?.stop());

const holdMs = 3_600_000;

async function stock(sku: string, levels: Record<string, number>): Promise<void> {
  const warehouses = Object.entries(levels).map(([warehouse, available]) => ({ warehouse, available }));
  await inventory.putStock({ params: { sku }, body: { warehouses } });
}

/** @returns the answer, or the code of the refusal; a fault is thrown on. */
async function orRefusal<T>(call: Promise<T>): Promise<T | string> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ServiceRefusal) return error.code;
    throw error;
  }
}

describe('many at the same moment', () => {
  test('a hundred orders for the last piece: one has it', async () => {
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

  test('orders that name the same skus in opposite orders block nobody and oversell nothing', async () => {
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

  test('do and undo of one order at the same moment leave nothing behind, whoever comes first', async () => {
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
});

type Action =
  | { what: 'reserve'; order: number; quantities: number[]; short: boolean }
  | { what: 'commit' | 'uncommit' | 'release' | 'renew' | 'replace' | 'releaseParcel'; order: number; east: boolean }
  | { what: 'reduce' | 'restock'; order: number; sku: number; quantity: number };

const order = fc.integer({ min: 0, max: 3 });
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    what: fc.constant('reserve' as const),
    order,
    quantities: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 2, maxLength: 2 }),
    short: fc.boolean(),
  }),
  fc.record({
    what: fc.constantFrom('commit', 'uncommit', 'release', 'renew', 'replace', 'releaseParcel'),
    order,
    east: fc.boolean(),
  }),
  fc.record({
    what: fc.constantFrom('reduce', 'restock'),
    order,
    sku: fc.integer({ min: 0, max: 1 }),
    quantity: fc.integer({ min: 1, max: 6 }),
  }),
);

/** Each inner list goes out at the same moment. */
const history = fc.array(fc.array(action, { minLength: 1, maxLength: 4 }), { minLength: 3, maxLength: 10 });

function perform(run: string, skus: string[], todo: Action): Promise<unknown> {
  const orderId = `${run}-${todo.order}`;
  const params = { orderId };
  const key = randomUUID();
  switch (todo.what) {
    case 'reserve': {
      const lines = skus
        .map((sku, i) => ({ sku, quantity: todo.quantities[i] ?? 0 }))
        .filter(({ quantity }) => quantity > 0);
      if (lines.length === 0) return Promise.resolve();
      return inventory.reserve({ body: { orderId, lines, holdMs: todo.short ? 1 : holdMs }, key });
    }
    case 'commit':
    case 'uncommit':
    case 'release':
      return inventory[todo.what]({ params, body: {}, key });
    case 'renew':
      return inventory.renew({ params, body: { holdMs }, key });
    case 'releaseParcel':
      return inventory.release({ params, body: { shipmentId: `${orderId}-${todo.east ? 'east' : 'west'}` }, key });
    case 'replace':
      return inventory.replace({
        params,
        body: { lostShipmentId: `${orderId}-${todo.east ? 'east' : 'west'}` },
        key,
      });
    case 'reduce':
    case 'restock': {
      const lines = [{ sku: skus[todo.sku] as string, quantity: todo.quantity }];
      return todo.what === 'reduce'
        ? inventory.reduce({ params, body: { lines }, key })
        : inventory.restock({ body: { orderId, lines }, key });
    }
  }
}

/** Where a row of stock is not what the orders have of it, or has not the sum it began with. */
async function differences(run: string, skus: string[]): Promise<string[]> {
  const had = new Map<string, number>();
  for (const o of [0, 1, 2, 3]) {
    const { items } = await inventory.listReservations({ query: { orderId: `${run}-${o}`, limit: 200 } });
    for (const { sku, warehouse, state, quantity, restocked } of items) {
      const place = `${sku} ${warehouse} ${state}`;
      had.set(place, (had.get(place) ?? 0) + quantity - restocked);
    }
  }
  const found: string[] = [];
  for (const sku of skus) {
    const { warehouses } = await inventory.getStock({ params: { sku } });
    for (const { warehouse, available, reserved, committed } of warehouses) {
      const place = `${sku} ${warehouse}`;
      if (available + reserved + committed !== 4)
        found.push(`${place}: ${available} + ${reserved} + ${committed} is not 4`);
      if (reserved !== (had.get(`${place} reserved`) ?? 0)) found.push(`${place}: ${reserved} reserved`);
      if (committed !== (had.get(`${place} committed`) ?? 0)) found.push(`${place}: ${committed} committed`);
    }
  }
  return found;
}

test('whatever comes in whatever order: quantities balance, and stock says what the orders have', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(history, async (rounds) => {
      const run = `prop-${runs++}`;
      const skus = [`${run}-a`, `${run}-b`];
      for (const sku of skus) await stock(sku, { east: 4, west: 4 });
      for (const round of rounds) await Promise.all(round.map((todo) => orRefusal(perform(run, skus, todo))));

      // The sweep may give something back between two reads; a real difference stays.
      await eventually(
        () => differences(run, skus),
        (found) => found.length === 0,
        3_000,
      );

      for (const o of [0, 1, 2, 3]) await perform(run, skus, { what: 'release', order: o, east: true });
      for (const sku of skus) {
        const { warehouses } = await inventory.getStock({ params: { sku } });
        expect(warehouses.every(({ reserved }) => reserved === 0)).toBe(true);
      }
    }),
    { numRuns: 25 },
  );
}, 120_000);
