import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { claim, settle } from '../../../services/shipping/carrier-store.js';
import type { ShippingClient } from '../../../services/shipping/client.js';
import type { shippingContract } from '../../../services/shipping/contract.js';
import { shippingService } from '../../../services/shipping/service.js';
import type { Db } from '../../../services/support/database.js';
import { servicesInMemory } from '../../../tools/simulate/services/index.js';
import { startForTest, type ServiceUnderTest } from '../../services/support/start.js';
import { shareOf } from '../../support/share.js';
import { databaseOf, Normal, outcomeOf, settings } from './both.js';

// The simulator has nowhere to send webhooks to, so it does nothing by itself.
const definition = shippingService({});
let service: ServiceUnderTest<typeof shippingContract>;
let db: Db;

beforeAll(async () => {
  service = await startForTest(definition);
  db = await databaseOf(service, definition);
});
afterAll(async () => {
  await db?.destroy();
  await service?.stop();
});

const action = fc.record({
  what: fc.constantFrom('book', 'book', 'book', 'cancel', 'happen', 'happen'),
  parcel: fc.integer({ min: 0, max: 3 }),
  key: fc.integer({ min: 0, max: 4 }),
  run: fc.constantFrom('first', 'second', undefined),
  name: fc.constantFrom('Ada', 'Bea'),
});
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

const actions = fc.array(action, { minLength: 15, maxLength: 30 });

it('the random calls cancel before and after a parcel is dispatched', () => {
  const follow = (...whats: string[]) =>
    shareOf(actions, (all) =>
      [0, 1, 2, 3].some((parcel) =>
        isThere(
          all.filter((one) => one.parcel === parcel),
          whats,
        ),
      ),
    );
  expect(follow('book', 'cancel', 'book')).toBeGreaterThan(0.5);
  expect(follow('book', 'happen', 'cancel')).toBeGreaterThan(0.5);
});

/** Whether these actions occur in this order. */
function isThere(all: readonly Action[], whats: readonly string[]): boolean {
  let at = -1;
  return whats.every((what) => (at = all.findIndex((one, i) => i > at && one.what === what)) >= 0);
}

function make(client: ShippingClient, prefix: string, action: Action): Promise<unknown> {
  const orderId = `${prefix}order`;
  const shipmentId = `${prefix}${action.parcel}`;
  const call = {
    key: `${shipmentId}:${action.what}:${action.key}`,
    ...(action.run === undefined ? {} : { run: action.run }),
  };
  if (action.what === 'cancel') return client.cancel({ ...call, params: { shipmentId }, body: { orderId } });
  const address = { name: action.name, line1: 'Street 1', city: 'Town', postalCode: '12345', country: 'DE' };
  const carrier = action.parcel === 3 ? 'external' : 'simulated';
  const lines = [{ sku: 'mug', quantity: 1 }];
  return client.book({ ...call, body: { shipmentId, orderId, warehouse: 'east', carrier, lines, address } });
}

/** The next event of this parcel alone is due, and happens. @returns its type. */
async function happen(shipmentId: string): Promise<string | undefined> {
  await sql`
    update carrier_messages set due_at = case when shipment_id = ${shipmentId} then now() - interval '1 second' else now() + interval '1 day' end
    where state = 'due'`.execute(db);
  const { rows } = await claim(db, { limit: 10, leaseMs: 1000, deliverAfterMs: 0 });
  for (const { id } of rows) await settle(db, id, 'status 200', 'sent');
  return rows[0]?.type;
}

it('answers as the real service, and has the same tables afterwards', async () => {
  let cases = 0;
  await fc.assert(
    fc.asyncProperty(actions, async (all) => {
      const prefix = `c${cases++}-`;
      const start = Date.now();
      const model = servicesInMemory({ now: Date.now, wait: () => Promise.resolve() }).shipping;
      const normal = { real: new Normal(start), model: new Normal(start) };
      for (const one of all) {
        if (one.what === 'happen') {
          const shipmentId = `${prefix}${one.parcel}`;
          // To a parcel of an external carrier, nothing happens in the service.
          const types = one.parcel === 3 ? [] : (['shipment.dispatched', 'shipment.delivered'] as const);
          expect(types.find((type) => model.happen(type, shipmentId))).toBe(await happen(shipmentId));
        } else {
          const real = normal.real.of(await outcomeOf(make(service.client, prefix, one)));
          expect(normal.model.of(await outcomeOf(make(model.client, prefix, one)))).toEqual(real);
        }
      }
      const own = `${prefix}%`;
      const rows = async (query: ReturnType<typeof sql>) => (await query.execute(db)).rows;
      expect(
        normal.model.of({
          bookings: [...model.bookings.values()].sort((a, b) => (a.shipment_id < b.shipment_id ? -1 : 1)),
          keys: [...model.keys.calls].map(([key, { status, operation, answer }]) => {
            return { key, status, operation, answer: JSON.parse(answer) as unknown };
          }),
          undone: [...model.keys.undos].map(([effect, { run }]) => ({ effect, run })),
        }),
      ).toEqual(
        normal.real.of({
          bookings: await rows(sql`
            select shipment_id, order_id, status, warehouse, carrier, tracking_number, lines, address, booked_at, updated_at
            from bookings where shipment_id like ${own} order by shipment_id`),
          keys: await rows(sql`
            select key, status, operation, answer::json as answer from idempotency_keys where key like ${own}
            order by created_at`),
          undone: await rows(sql`select effect, run from undone where effect like ${`%${prefix}%`} order by at`),
        }),
      );
      const query = { orderId: `${prefix}order` };
      const listed = await service.client.listShipments({ query });
      expect(normal.model.of(await model.client.listShipments({ query }))).toEqual(normal.real.of(listed));
    }),
    settings,
  );
}, 120_000);
