import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../../../contracts/defined.js';
import type { inventoryContract } from '../../../services/inventory/contract.js';
import { inventoryService } from '../../../services/inventory/service.js';
import { databaseUrlOf } from '../../../services/support/database.js';
import { eventually, startForTest, type ServiceUnderTest } from '../support/start.js';

let service: ServiceUnderTest<typeof inventoryContract>;
let inventory: ServiceUnderTest<typeof inventoryContract>['client'];

beforeAll(async () => {
  service = await startForTest(inventoryService);
  inventory = service.client;
});
afterAll(() => service?.stop());

const hour = 3_600_000;
const key = () => randomUUID();
const unique = (name: string) => `${name}-${randomUUID().slice(0, 8)}`;

/** Stocks a new sku for a test. @returns its name. */
async function stocked(levels: Record<string, number>): Promise<string> {
  const sku = unique('sku');
  const warehouses = Object.entries(levels).map(([warehouse, available]) => ({ warehouse, available }));
  await inventory.putStock({ params: { sku }, body: { warehouses } });
  return sku;
}

/** The stock of a sku as text, e.g. `east 3/2/0` for 3 available, 2 reserved, none committed. */
async function levels(sku: string): Promise<string> {
  const { warehouses } = await inventory.getStock({ params: { sku } });
  return warehouses.map((w) => `${w.warehouse} ${w.available}/${w.reserved}/${w.committed}`).join(', ');
}

const reserve = (orderId: string, quantities: Record<string, number>, holdMs = hour) =>
  inventory.reserve({
    body: { orderId, lines: Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity })), holdMs },
    key: key(),
  });
const release = (orderId: string, shipmentId?: string) =>
  inventory.release({ params: { orderId }, body: shipmentId ? { shipmentId } : {}, key: key() });
const commit = (orderId: string) => inventory.commit({ params: { orderId }, body: {}, key: key() });
const uncommit = (orderId: string) => inventory.uncommit({ params: { orderId }, body: {}, key: key() });
const renew = (orderId: string, holdMs = hour) =>
  inventory.renew({ params: { orderId }, body: { holdMs }, key: key() });
const reduce = (orderId: string, quantities: Record<string, number>) =>
  inventory.reduce({
    params: { orderId },
    body: { lines: Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity })) },
    key: key(),
  });

describe('the choice of warehouses', () => {
  it.each([
    ['one parcel from the first warehouse that has all', { mug: 2, tee: 1 }, ['east: mug 2, tee 1']],
    ['one parcel from west, which alone has all', { tee: 1, lamp: 1 }, ['west: tee 1, lamp 1']],
    ['two parcels where no warehouse has all', { vase: 1, lamp: 1 }, ['east: vase 1', 'west: lamp 1']],
    ['one parcel where the largest line alone would do', { mug: 10_000, lamp: 1 }, ['west: mug 10000, lamp 1']],
  ])('%s', async (_, quantities, expected) => {
    const orderId = unique('o');
    const { parcels, short } = await reserve(orderId, quantities);
    expect(
      parcels.map(({ warehouse, lines: l }) => `${warehouse}: ${l.map((x) => `${x.sku} ${x.quantity}`).join(', ')}`),
    ).toEqual(expected);
    expect(parcels.map(({ shipmentId }) => shipmentId)).toEqual(parcels.map((p) => `${orderId}-${p.warehouse}`));
    expect(short).toEqual([]);
  });

  it('a line comes from the first warehouse by name that has all of it, or else from all that have some', async () => {
    const split = await stocked({ a: 2, b: 0, c: 4 });
    const whole = await stocked({ a: 1, b: 5, c: 9 });
    const orderId = unique('o');
    const { parcels } = await reserve(orderId, { [split]: 5, [whole]: 5 });
    expect(parcels.map(({ warehouse, lines }) => ({ warehouse, lines }))).toEqual([
      { warehouse: 'a', lines: [{ sku: split, quantity: 2 }] },
      { warehouse: 'b', lines: [{ sku: whole, quantity: 5 }] },
      { warehouse: 'c', lines: [{ sku: split, quantity: 3 }] },
    ]);
    expect(await levels(split)).toBe('a 0/2/0, b 0/0/0, c 1/3/0');
  });
});

describe('a shortage', () => {
  it('is answered with the quantity in stock', async () => {
    const sku = await stocked({ east: 2, west: 1 });
    const { short } = await reserve(unique('o'), { [sku]: 5, mug: 1 });
    expect(short).toEqual([{ sku, wanted: 5, reserved: 3 }]);
    expect(await levels(sku)).toBe('east 0/2/0, west 0/1/0');
  });

  it('of a whole line is rejected, and nothing is reserved', async () => {
    const sku = await stocked({ east: 2 });
    await expect(reserve(unique('o'), { [sku]: 1, gone: 1 })).rejects.toMatchObject({ code: 'out_of_stock' });
    expect(await levels(sku)).toBe('east 2/0/0');
  });

  it('is not an unknown sku', async () => {
    const sku = await stocked({ east: 2 });
    await expect(reserve(unique('o'), { [sku]: 1, 'no-such': 1, gone: 1 })).rejects.toMatchObject({
      code: 'unknown_sku',
      message: expect.stringContaining('no-such') as string,
    });
    expect(await levels(sku)).toBe('east 2/0/0');
  });
});

describe('do and undo', () => {
  it('after reserve, commit, uncommit and release, the stock is as before', async () => {
    const sku = await stocked({ east: 3, west: 3 });
    const orderId = unique('o');
    await reserve(orderId, { [sku]: 5 });
    expect(await levels(sku)).toBe('east 0/3/0, west 1/2/0');
    const { parcels } = await commit(orderId);
    expect(parcels.map(({ warehouse }) => warehouse)).toEqual(['east', 'west']);
    expect(await levels(sku)).toBe('east 0/0/3, west 1/0/2');
    await uncommit(orderId);
    expect(await levels(sku)).toBe('east 0/3/0, west 1/2/0');
    await release(orderId);
    expect(await levels(sku)).toBe('east 3/0/0, west 3/0/0');
  });

  it('a release gives sold pieces back, too', async () => {
    const sku = await stocked({ east: 3 });
    const orderId = unique('o');
    await reserve(orderId, { [sku]: 2 });
    await commit(orderId);
    await release(orderId);
    expect(await levels(sku)).toBe('east 3/0/0');
    const { items } = await inventory.listReservations({ query: { orderId } });
    expect(items).toMatchObject([{ state: 'released', quantity: 2, sku }]);
  });

  it('an undo of something that never happened succeeds, and its do is rejected afterwards', async () => {
    const sku = await stocked({ east: 3 });
    const [early, uncommitted] = [unique('o'), unique('o')];
    await release(early);
    await expect(reserve(early, { [sku]: 1 })).rejects.toMatchObject({ code: 'reservation_released' });
    await uncommit(uncommitted);
    await reserve(uncommitted, { [sku]: 1 });
    await expect(commit(uncommitted)).rejects.toMatchObject({ code: 'reservation_released' });
    await release(uncommitted);
    expect(await levels(sku)).toBe('east 3/0/0');
  });

  it('every undo may be repeated under other keys', async () => {
    const sku = await stocked({ east: 3 });
    const orderId = unique('o');
    await reserve(orderId, { [sku]: 2 });
    await commit(orderId);
    await uncommit(orderId);
    await uncommit(orderId);
    expect(await levels(sku)).toBe('east 1/2/0');
    await release(orderId);
    await release(orderId);
    expect(await levels(sku)).toBe('east 3/0/0');
    await expect(renew(orderId)).rejects.toMatchObject({ code: 'reservation_released' });
    await expect(reduce(orderId, { [sku]: 1 })).rejects.toMatchObject({ code: 'reservation_released' });
  });

  it('one parcel can be released, and the rest committed', async () => {
    const sku = await stocked({ east: 2, west: 2 });
    const orderId = unique('o');
    await reserve(orderId, { [sku]: 4 });
    await release(orderId, `${orderId}-east`);
    expect(await levels(sku)).toBe('east 2/0/0, west 0/2/0');
    expect((await commit(orderId)).parcels).toMatchObject([{ warehouse: 'west' }]);
    expect(await levels(sku)).toBe('east 2/0/0, west 0/0/2');
  });

  it('a second reserve replaces held pieces, but not sold ones', async () => {
    const [one, other] = [await stocked({ east: 3 }), await stocked({ east: 3 })];
    const orderId = unique('o');
    await reserve(orderId, { [one]: 2 });
    await reserve(orderId, { [one]: 1, [other]: 3 });
    expect(`${await levels(one)} ${await levels(other)}`).toBe('east 2/1/0 east 0/3/0');
    await commit(orderId);
    const again = await reserve(orderId, { [one]: 3 });
    expect(again.parcels).toMatchObject([
      {
        lines: [
          { sku: one, quantity: 1 },
          { sku: other, quantity: 3 },
        ],
      },
    ]);
    expect(await levels(one)).toBe('east 2/0/1');
  });
});

describe('expiry', () => {
  it('a sweep gives expired pieces back', async () => {
    const sku = await stocked({ east: 2 });
    const orderId = unique('o');
    await reserve(orderId, { [sku]: 2 }, 1);
    await eventually(
      () => levels(sku),
      (text) => text === 'east 2/0/0',
    );
    const { items } = await inventory.listReservations({ query: { orderId } });
    expect(items).toMatchObject([{ state: 'expired' }]);
  });

  it('another order gets expired pieces at once, before the sweep', async () => {
    const sku = await stocked({ east: 1 });
    for (let i = 0; i < 20; i++) {
      // The order before holds the one piece, but its hold time of a millisecond has passed.
      await reserve(unique('o'), { [sku]: 1 }, 1);
      await sleep(5);
    }
    expect(await levels(sku)).toMatch(/^east (0\/1|1\/0)\/0$/);
  });

  it('another order that comes during the sweep is not rejected', async () => {
    const sku = await stocked({ east: 1 });
    const holder = unique('o');
    const sweeper = new pg.Client({ connectionString: databaseUrlOf(service.databaseUrl, 'inventory') });
    await sweeper.connect();
    try {
      await reserve(holder, { [sku]: 1 }, 400);
      await sweeper.query('begin');
      await sweeper.query('select from reservations where order_id = $1 for update', [holder]);
      await sleep(500);
      const next = reserve(unique('o'), { [sku]: 1 });
      await Promise.race([next, sleep(250)]);
      await sweeper.query('update stock set available = 1, reserved = 0 where sku = $1', [sku]);
      await sweeper.query("update pieces set state = 'expired' where order_id = $1", [holder]);
      await sweeper.query('update reservations set expires_at = null where order_id = $1', [holder]);
      await sweeper.query('commit');
      expect((await next).parcels).toMatchObject([{ lines: [{ sku, quantity: 1 }] }]);
    } finally {
      await sweeper.end();
    }
  });

  it('commit reserves expired pieces again, in another warehouse if necessary', async () => {
    const sku = await stocked({ east: 2, west: 2 });
    const orderId = unique('o');
    await reserve(orderId, { [sku]: 2 }, 1);
    await eventually(
      () => levels(sku),
      (text) => text === 'east 2/0/0, west 2/0/0',
    );
    await reserve(unique('o'), { [sku]: 1 });
    const { parcels } = await commit(orderId);
    expect(parcels).toMatchObject([{ warehouse: 'west', lines: [{ sku, quantity: 2 }] }]);
    expect(await levels(sku)).toBe('east 1/1/0, west 0/0/2');
  });

  it.each(['commit', 'renew'] as const)('%s is rejected when some of the pieces are gone', async (what) => {
    const sku = await stocked({ east: 3 });
    const orderId = unique('o');
    await reserve(orderId, { [sku]: 3 }, 1);
    await eventually(
      () => levels(sku),
      (text) => text === 'east 3/0/0',
    );
    await reserve(unique('o'), { [sku]: 1 });
    // The order counts on three pieces. With two, its customer would pay for more than is sent.
    await expect(what === 'commit' ? commit(orderId) : renew(orderId)).rejects.toMatchObject({ code: 'out_of_stock' });
    expect(await levels(sku)).toBe('east 2/1/0');
    await release(orderId);
    expect(await levels(sku)).toBe('east 2/1/0');
  });

  it('renew reserves expired pieces again, in another warehouse if necessary', async () => {
    const sku = await stocked({ east: 2, west: 2 });
    const orderId = unique('o');
    await reserve(orderId, { [sku]: 2 }, 1);
    await eventually(
      () => levels(sku),
      (text) => text === 'east 2/0/0, west 2/0/0',
    );
    await reserve(unique('o'), { [sku]: 1 });
    expect((await renew(orderId)).parcels).toMatchObject([{ warehouse: 'west', lines: [{ sku, quantity: 2 }] }]);
    expect(await levels(sku)).toBe('east 1/1/0, west 0/2/0');
  });

  it.each([
    ['the longer one first', [24 * hour, hour]],
    ['the shorter one first', [hour, 24 * hour]],
  ])('the later expiry of two renewals counts: %s', async (_, holds) => {
    const sku = await stocked({ east: 1 });
    const orderId = unique('o');
    await reserve(orderId, { [sku]: 1 });
    for (const holdMs of holds) await renew(orderId, holdMs);
    const { items } = await inventory.listReservations({ query: { orderId } });
    expect(Date.parse(items[0]?.expiresAt ?? '') - Date.now()).toBeGreaterThan(23 * hour);
    // A second reserve may shorten the hold: it asks for new pieces, with their own hold time.
    const { expiresAt } = await reserve(orderId, { [sku]: 1 });
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThan(2 * hour);
  });

  it('the latest expiry of renewals at the same moment counts, and no answer promises more', async () => {
    const sku = await stocked({ east: 20 });
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const orderId = unique('o');
        await reserve(orderId, { [sku]: 1 });
        const answers = await Promise.all([renew(orderId, 24 * hour), renew(orderId), renew(orderId, 2 * hour)]);
        const { items } = await inventory.listReservations({ query: { orderId } });
        const latest = answers
          .map(({ expiresAt }) => expiresAt)
          .toSorted()
          .at(-1);
        expect(items[0]?.expiresAt).toBe(latest);
        expect(Date.parse(latest ?? '') - Date.now()).toBeGreaterThan(23 * hour);
      }),
    );
  });

  it('renew extends the hold, and is rejected with nothing left of a line', async () => {
    const sku = await stocked({ east: 1 });
    const orderId = unique('o');
    const { expiresAt } = await reserve(orderId, { [sku]: 1 }, 5_000);
    expect(Date.parse((await renew(orderId)).expiresAt)).toBeGreaterThan(Date.parse(expiresAt) + hour / 2);
    const late = unique('o');
    const other = await stocked({ east: 1 });
    await reserve(late, { [other]: 1 }, 1);
    await eventually(
      () => levels(other),
      (text) => text === 'east 1/0/0',
    );
    await reserve(unique('o'), { [other]: 1 });
    await expect(renew(late)).rejects.toMatchObject({ code: 'out_of_stock' });
  });
});

describe('changes of an order', () => {
  it('reduce gives back from the smallest piece first, and keeps the rest', async () => {
    const sku = await stocked({ east: 5, west: 2 });
    const orderId = unique('o');
    await reserve(orderId, { [sku]: 7, mug: 1 });
    const { parcels, short } = await reduce(orderId, { [sku]: 4, unheard: 1 });
    expect(short).toEqual([]);
    expect(parcels).toMatchObject([
      {
        warehouse: 'east',
        lines: [
          { sku, quantity: 4 },
          { sku: 'mug', quantity: 1 },
        ],
      },
    ]);
    expect(await levels(sku)).toBe('east 1/4/0, west 2/0/0');
    await reduce(orderId, { [sku]: 6 });
    expect(await levels(sku)).toBe('east 1/4/0, west 2/0/0');
  });

  it('restock puts each sold piece back once, and refuses more than the order had', async () => {
    const sku = await stocked({ east: 2, west: 2 });
    const orderId = unique('o');
    await reserve(orderId, { [sku]: 4 });
    await commit(orderId);
    const restock = (quantity: number, shipmentId?: string) =>
      inventory.restock({
        body: { orderId, lines: [{ sku, quantity }], ...defined({ shipmentId }) },
        key: key(),
      });
    await restock(1, `${orderId}-west`);
    await restock(2);
    expect(await levels(sku)).toBe('east 2/0/0, west 1/0/1');
    await expect(restock(5)).rejects.toMatchObject({ code: 'return_exceeds_sold' });
    await expect(restock(3, `${orderId}-east`)).rejects.toMatchObject({ code: 'return_exceeds_sold' });
    await restock(1, `${orderId}-east`);
    expect(await levels(sku)).toBe('east 2/0/0, west 1/0/1');
    await release(orderId);
    expect(await levels(sku)).toBe('east 2/0/0, west 2/0/0');
    await restock(1, `${orderId}-west`);
    await restock(4);
    expect(await levels(sku)).toBe('east 2/0/0, west 2/0/0');
  });

  it('a lost parcel is sold again, from one warehouse, under a new id', async () => {
    const sku = await stocked({ east: 3, west: 2 });
    const orderId = unique('o');
    await reserve(orderId, { [sku]: 2 });
    await commit(orderId);
    const replace = (lostShipmentId: string) =>
      inventory.replace({ params: { orderId }, body: { lostShipmentId }, key: key() });
    const first = await replace(`${orderId}-east`);
    expect(first.parcel).toEqual({ shipmentId: `${orderId}-west-2`, warehouse: 'west', lines: [{ sku, quantity: 2 }] });
    expect(await replace(`${orderId}-east`)).toEqual(first);
    expect(await levels(sku)).toBe('east 1/0/2, west 0/0/2');
    await expect(replace(`${orderId}-west-2`)).rejects.toMatchObject({ code: 'out_of_stock' });
    await inventory.putStock({ params: { sku }, body: { warehouses: [{ warehouse: 'west', available: 2 }] } });
    expect((await replace(`${orderId}-west-2`)).parcel.shipmentId).toBe(`${orderId}-west-3`);
    await expect(replace('never-sold')).rejects.toMatchObject({ code: 'reservation_released' });
    // A release of the order does not give lost pieces back.
    await release(orderId);
    expect(await levels(sku)).toBe('east 1/0/2, west 2/0/2');
  });
});

it('the replacement of a lost parcel is given back by the id of the lost one, and cannot be made afterwards', async () => {
  const sku = await stocked({ east: 3, west: 2 });
  const releaseReplacement = (orderId: string) =>
    inventory.release({ params: { orderId }, body: { replacementOf: `${orderId}-east` }, key: key() });
  const replace = (orderId: string) =>
    inventory.replace({ params: { orderId }, body: { lostShipmentId: `${orderId}-east` }, key: key() });
  const [replaced, unreplaced] = [unique('o'), unique('o')];
  for (const orderId of [replaced, unreplaced]) {
    await reserve(orderId, { [sku]: 1 });
    await commit(orderId);
  }
  await replace(replaced);
  expect(await levels(sku)).toBe('east 0/0/3, west 2/0/0');
  await releaseReplacement(replaced);
  expect(await levels(sku)).toBe('east 1/0/2, west 2/0/0');
  await releaseReplacement(replaced);
  await releaseReplacement(unreplaced);
  for (const orderId of [replaced, unreplaced]) {
    await expect(replace(orderId)).rejects.toMatchObject({ code: 'reservation_released' });
  }
  expect(await levels(sku)).toBe('east 1/0/2, west 2/0/0');
  // The lost parcel itself stays with its order, and is given back with it.
  await release(unreplaced);
  expect(await levels(sku)).toBe('east 2/0/1, west 2/0/0');
});

it('nothing is sold again for a lost parcel once that was stopped, but what was sold before stays', async () => {
  const sku = await stocked({ east: 3, west: 2 });
  const about = (orderId: string) => ({
    params: { orderId },
    body: { lostShipmentId: `${orderId}-east` },
    key: key(),
  });
  const [replaced, unreplaced] = [unique('o'), unique('o')];
  for (const orderId of [replaced, unreplaced]) {
    await reserve(orderId, { [sku]: 1 });
    await commit(orderId);
  }
  const { parcel } = await inventory.replace(about(replaced));
  expect(await inventory.stopReplacing(about(replaced))).toEqual({ parcel });
  expect(await inventory.replace(about(replaced))).toEqual({ parcel });
  expect(await inventory.stopReplacing(about(unreplaced))).toEqual({});
  await expect(inventory.replace(about(unreplaced))).rejects.toMatchObject({ code: 'reservation_released' });
  expect(await levels(sku)).toBe('east 0/0/3, west 2/0/0');
  await release(replaced, parcel.shipmentId);
  expect(await inventory.stopReplacing(about(replaced))).toEqual({});
  await expect(inventory.replace(about(replaced))).rejects.toMatchObject({ code: 'reservation_released' });
});

it('reservations are listed in pages', async () => {
  const orderId = unique('o');
  await reserve(orderId, { mug: 1, tee: 1, vase: 1, book: 1, lamp: 1 });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await inventory.listReservations({ query: { orderId, limit: 2, ...defined({ cursor }) } });
    expect(page.items.length).toBeLessThanOrEqual(2);
    seen.push(...page.items.map(({ sku }) => sku));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(seen).toEqual(['book', 'mug', 'tee', 'vase', 'lamp']);
});
