import { describe, expect, it } from 'vitest';
import { Fault, Rejection, UnexpectedRejection } from '../../../services/support/client.js';
import { servicesInMemory } from '../../../tools/simulate/services/index.js';
import { tablesOf } from '../../../tools/simulate/services/tables.js';

const orderId = 'ord_1';
const params = { orderId };

/** Services on a clock that stands until somebody waits. */
function world() {
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') };
  const wait = (ms: number): Promise<void> => {
    clock.now += ms;
    return Promise.resolve();
  };
  return { clock, services: servicesInMemory({ now: () => clock.now, wait }) };
}

function reserve({ inventory }: ReturnType<typeof world>['services'], key: string, quantity: number, run = 'first') {
  return inventory.client.reserve({ key, run, body: { orderId, lines: [{ sku: 'mug', quantity }], holdMs: 60_000 } });
}

describe('a service in memory', () => {
  it('repeats the answer of a key, and refuses the key for another call', async () => {
    const { services } = world();
    const answer = await reserve(services, 'k', 2);
    expect(await reserve(services, 'k', 2)).toEqual(answer);
    await expect(reserve(services, 'k', 3)).rejects.toThrow(UnexpectedRejection);
    expect(services.inventory.stock.find(({ sku }) => sku === 'mug')).toMatchObject({ available: 99_998, reserved: 2 });
  });

  it('tells another run that the effect was undone, and the own run what it told it before', async () => {
    const { services } = world();
    const answer = await reserve(services, 'do', 2);
    await services.inventory.client.release({ key: 'undo', run: 'first', params, body: {} });
    expect(await reserve(services, 'do', 2)).toEqual(answer);
    await expect(reserve(services, 'do', 2, 'second')).rejects.toMatchObject({ code: 'undone' });
  });

  it('refuses what the contract does not allow', async () => {
    const { services } = world();
    await expect(reserve(services, 'k', 0)).rejects.toThrow(UnexpectedRejection);
    await expect(services.payment.client.listPayments({ query: { limit: 1000 } })).rejects.toThrow(UnexpectedRejection);
  });

  it('fails twice with a flaky card, and takes three seconds with a slow one', async () => {
    const { services, clock } = world();
    const { client } = services.payment;
    const pay = (key: string, token: string) =>
      client.authorize({ key, body: { orderId, amount: 5, currency: 'EUR', token } });
    await expect(pay('flaky', 'tok_flaky')).rejects.toThrow(Fault);
    await expect(pay('flaky', 'tok_flaky')).rejects.toThrow(Fault);
    await pay('flaky', 'tok_flaky');
    const before = clock.now;
    await pay('slow', 'tok_slow');
    expect(clock.now - before).toBe(3_000);
    await pay('slow', 'tok_slow');
    expect(clock.now - before).toBe(3_000);
  });

  it('gives a slow authorization to nobody whose call was ended, and makes it anyway', async () => {
    let pass = () => {};
    const { payment } = servicesInMemory({ now: () => 0, wait: () => new Promise((resolve) => (pass = resolve)) });
    const ending = new AbortController();
    const body = { orderId, amount: 5, currency: 'EUR', token: 'tok_slow' };
    const call = payment.client.authorize({ key: 'slow', body, signal: ending.signal });
    ending.abort(new Error('too late'));
    await expect(call).rejects.toThrow('too late');
    pass();
    const again = payment.client.authorize({ key: 'slow', body });
    pass();
    await again;
    expect(payment.payments.get(orderId)?.authorizations).toHaveLength(1);
  });

  it('gives its tables to the checker', async () => {
    const { services } = world();
    await reserve(services, 'r', 2);
    await services.payment.client.void({ key: 'v', params, body: {} });
    await services.shipping.client.cancel({ key: 'c', params: { shipmentId: 's' }, body: { orderId } });
    await services.notification.client.notify({ key: 'n', body: { orderId, event: 'cancelled' } });
    const tables = tablesOf(services);
    expect(tables.calls.map(({ service, key, seq }) => [service, key, seq])).toEqual([
      ['inventory', 'r', 1],
      ['payment', 'v', 2],
      ['shipping', 'c', 3],
      ['notification', 'n', 4],
    ]);
    expect(tables.inventory.pieces).toMatchObject([{ orderId, sku: 'mug', quantity: 2, state: 'reserved' }]);
    expect(tables.shipping.bookings).toEqual([{ shipmentId: 's', orderId, status: 'cancelled' }]);
    expect(tables.calls[2]).toMatchObject({ operation: 'cancel', answer: 'cancelled' });
  });

  it('rejects under the same key again', async () => {
    const { services } = world();
    const pay = () =>
      services.payment.client.authorize({
        key: 'k',
        body: { orderId, amount: 5, currency: 'EUR', token: 'tok_declined' },
      });
    await expect(pay()).rejects.toThrow(Rejection);
    await expect(pay()).rejects.toMatchObject({ code: 'payment_declined', service: 'payment', operation: 'authorize' });
  });
});
