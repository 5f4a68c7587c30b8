import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InventoryClient } from '../../services/inventory/client.js';
import { inventoryService } from '../../services/inventory/service.js';
import type { PaymentClient } from '../../services/payment/client.js';
import { paymentService } from '../../services/payment/service.js';
import type { ShippingClient } from '../../services/shipping/client.js';
import { shippingService } from '../../services/shipping/service.js';
import { Rejection } from '../../services/support/client.js';
import { startForTest } from './support/start.js';

let inventory: InventoryClient;
let payment: PaymentClient;
let shipping: ShippingClient;
const started: { stop: () => Promise<void> }[] = [];
beforeAll(async () => {
  const services = await Promise.all([
    startForTest(inventoryService),
    startForTest(paymentService),
    startForTest(shippingService({})),
  ]);
  started.push(...services);
  [inventory, payment, shipping] = [services[0].client, services[1].client, services[2].client];
});
afterAll(async () => {
  for (const service of started) await service.stop();
});

/** The idempotency key of a call, and the run that makes it. */
interface Caller {
  key: string;
  run?: string;
}
type Make = (orderId: string, caller: Caller) => Promise<unknown>;

const lines = [{ sku: 'mug', quantity: 2 }];
const reserve: Make = (orderId, caller) => inventory.reserve({ ...caller, body: { orderId, lines, holdMs: 60_000 } });
const release: Make = (orderId, caller) => inventory.release({ ...caller, params: { orderId }, body: {} });
const commit: Make = (orderId, caller) => inventory.commit({ ...caller, params: { orderId }, body: {} });
const authorize: Make = (orderId, caller) =>
  payment.authorize({ ...caller, body: { orderId, amount: 1000, currency: 'EUR', token: 'tok_ok' } });
const voiding: Make = (orderId, caller) => payment.void({ ...caller, params: { orderId }, body: {} });

/** Each do with the calls before it, once for each of its undos. */
const table: [name: string, before: Make[], make: Make, undo: Make][] = [
  ['inventory.reserve, by release', [], reserve, release],
  [
    'inventory.renew, by release',
    [reserve],
    (orderId, caller) => inventory.renew({ ...caller, params: { orderId }, body: { holdMs: 90_000 } }),
    release,
  ],
  [
    'inventory.reduce, by release',
    [reserve],
    (orderId, caller) =>
      inventory.reduce({ ...caller, params: { orderId }, body: { lines: [{ sku: 'mug', quantity: 1 }] } }),
    release,
  ],
  ['inventory.commit, by release', [reserve], commit, release],
  [
    'inventory.commit, by uncommit',
    [reserve],
    commit,
    (orderId, caller) => inventory.uncommit({ ...caller, params: { orderId }, body: {} }),
  ],
  ['payment.authorize, by void', [], authorize, voiding],
  [
    'payment.record, by void',
    [],
    (orderId, caller) =>
      payment.record({ ...caller, body: { orderId, amount: 1000, currency: 'EUR', providerRef: 'msg-1' } }),
    voiding,
  ],
  [
    'payment.reduce, by void',
    [authorize],
    (orderId, caller) => payment.reduce({ ...caller, params: { orderId }, body: { amount: 500 } }),
    voiding,
  ],
  [
    'shipping.book, by cancel',
    [],
    (orderId, caller) =>
      shipping.book({
        ...caller,
        body: {
          shipmentId: `${orderId}-east`,
          orderId,
          warehouse: 'east',
          carrier: 'external',
          lines,
          address: { name: 'A', line1: 'Street 1', city: 'Town', postalCode: '12345', country: 'DE' },
        },
      }),
    (orderId, caller) => shipping.cancel({ ...caller, params: { shipmentId: `${orderId}-east` }, body: { orderId } }),
  ],
];

const code = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
  } catch (error) {
    if (error instanceof Rejection) return error.code;
    throw error;
  }
  return 'done';
};

describe.each(table)('%s', (_name, before, make, undo) => {
  const order = async (): Promise<string> => {
    const orderId = `ord_${randomUUID().slice(0, 8)}`;
    for (const [i, one] of before.entries()) await one(orderId, { key: `${orderId}:${i}`, run: 'first' });
    return orderId;
  };

  it('answers as before to the run that undid it, and `undone` to any other run, also when repeated', async () => {
    const orderId = await order();
    const key = `${orderId}:do`;
    const answer = await make(orderId, { key, run: 'first' });
    await undo(orderId, { key: `${orderId}:undo`, run: 'first' });
    expect(await make(orderId, { key, run: 'first' })).toEqual(answer);
    expect(await code(make(orderId, { key, run: 'second' }))).toBe('undone');
    expect(await code(make(orderId, { key }))).toBe('undone');
    // The undo of the second run changes nothing, and does not count as its own undo.
    await undo(orderId, { key: `${orderId}:undo`, run: 'second' });
    await undo(orderId, { key: `${orderId}:undo#2`, run: 'second' });
    expect(await code(make(orderId, { key, run: 'second' }))).toBe('undone');
    expect(await make(orderId, { key, run: 'first' })).toEqual(answer);
  });

  it('for the first time after the undo: answers `undone` to another run, and tells the own run that it is too late', async () => {
    const orderId = await order();
    await undo(orderId, { key: `${orderId}:undo`, run: 'first' });
    expect(await code(make(orderId, { key: `${orderId}:1`, run: 'second' }))).toBe('undone');
    const own = await code(make(orderId, { key: `${orderId}:1`, run: 'first' }));
    expect(['reservation_released', 'payment_voided', 'capture_refused', 'booking_cancelled']).toContain(own);
  });

  it('gives another run the stored answer while it is not undone', async () => {
    const orderId = await order();
    const answer = await make(orderId, { key: `${orderId}:do`, run: 'first' });
    expect(await make(orderId, { key: `${orderId}:do`, run: 'second' })).toEqual(answer);
  });
});

describe('an undo of a part or of something else', () => {
  it('releasing one parcel does not undo the reservation', async () => {
    const orderId = `ord_${randomUUID().slice(0, 8)}`;
    const two = [
      { sku: 'vase', quantity: 1 },
      { sku: 'lamp', quantity: 1 },
    ];
    const reserving = { key: `${orderId}:do`, body: { orderId, lines: two, holdMs: 60_000 } };
    const answer = await inventory.reserve({ ...reserving, run: 'first' });
    const body = { shipmentId: `${orderId}-east` };
    await inventory.release({ key: `${orderId}:undo`, run: 'first', params: { orderId }, body });
    expect(await inventory.reserve({ ...reserving, run: 'second' })).toEqual(answer);
  });

  it('a capture after the void of another run is answered `undone`', async () => {
    const orderId = `ord_${randomUUID().slice(0, 8)}`;
    await authorize(orderId, { key: `${orderId}:do`, run: 'first' });
    await voiding(orderId, { key: `${orderId}:undo`, run: 'first' });
    const capture = (run: string) =>
      payment.capture({ key: `${orderId}:c`, run, params: { orderId }, body: { shipmentId: 's', amount: 1 } });
    expect(await code(capture('second'))).toBe('undone');
    expect(await code(capture('first'))).toBe('capture_refused');
  });
});
