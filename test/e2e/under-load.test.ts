import { expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { orderIdFor } from '../../src/temporal/ids.js';
import type { ServiceList, ServiceStatus } from '../../contracts/services.schema.js';
import { until } from '../support/until.js';
import { wholeSystem } from './support/system.js';
import type { Shop } from './support/shop.js';
import { ShopOrder } from './support/shop-order.js';

let shop: Shop;
wholeSystem({ RATE_LIMIT: '5' }, (opened) => (shop = opened));

const group = 6;
const rounds = 2;
const times = <T>(make: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: group }, make));

async function status(name: string): Promise<ServiceStatus> {
  const { body } = await shop.operator.get<ServiceList>('/v1/services');
  return body.items.find((each) => each.name === name)!;
}

async function booked(): Promise<ShopOrder> {
  const order = await shop.place();
  await order.parcels('booked');
  return order;
}

/** The steps of the parcels and of the delivery: none needs the payment service. @returns the milliseconds that they took. */
async function deliver(orders: readonly ShopOrder[]): Promise<number> {
  const began = performance.now();
  await Promise.all(
    orders.map(async (order) => {
      await order.hear('shipment.dispatched', { trackingNumber: 'T-1', carrier: 'Example Post' });
      await order.until((view) => isDone(view, 'notifyShipped'));
      await order.hear('shipment.delivered', { signedBy: 'Ada Example' });
      await order.until((view) => isDone(view, 'awaitDelivery'));
    }),
  );
  return performance.now() - began;
}

async function deliverInTurn(groups: readonly ShopOrder[][]): Promise<number[]> {
  const ms: number[] = [];
  for (const orders of groups) ms.push(await deliver(orders));
  return ms;
}

const isDone = ({ steps }: OrderView, name: string): boolean =>
  steps.some(({ id, state }) => id.split(':')[0] === name && state === 'done');

it(
  'while payment hangs, the operator sees it, orders in other steps go on, and none fails',
  { timeout: 300_000 },
  async () => {
    const groups: ShopOrder[][] = [];
    for (let n = 0; n < 2 * rounds; n += 1) groups.push(await times(booked));
    const healthyMs = Math.max(...(await deliverInTurn(groups.slice(0, rounds))));
    expect(
      await until(async () => ((await status('payment')).calls!.answered > 0 ? status('payment') : undefined)),
    ).toMatchObject({
      state: 'up',
      breaker: 'closed',
      errorRate: 0,
      retrying: 0,
      waiting: 0,
    });

    shop.system.kill('payment', 'SIGSTOP');
    let held: ShopOrder[];
    try {
      held = await times(() => shop.place());
      const hanging = await until(async () => {
        const payment = await status('payment');
        return payment.retrying! >= group && payment.breaker === 'open' ? payment : undefined;
      }, 120_000);
      expect(hanging).toMatchObject({ state: 'down', openBreakers: 1 });
      expect(hanging.errorRate).toBeGreaterThan(0);
      // Failed calls are in the figures with the time that they took.
      expect(hanging.latencyMs!.p95).toBeGreaterThan(800);
      expect(await status('shipping')).toMatchObject({ state: 'up', breaker: 'closed', errorRate: 0 });

      // Other programs on the machine slow single rounds down, and speed none up.
      const hangingMs = Math.min(...(await deliverInTurn(groups.slice(rounds))));
      const ratio = healthyMs / hangingMs;
      console.info(
        `${group} deliveries: ${Math.round(healthyMs)} ms in health, ${Math.round(hangingMs)} ms while payment hangs: ${Math.round(100 * ratio)} % of the speed`,
      );
      expect(ratio).toBeGreaterThan(0.3);
    } finally {
      shop.system.kill('payment', 'SIGCONT');
    }
    for (const order of held) await order.parcels('booked');
    for (const order of groups.flat()) await order.ended('completed');
    await until(async () => {
      const { breaker, retrying, state } = await status('payment');
      return (breaker === 'closed' && retrying === 0 && state === 'up') || undefined;
    }, 60_000);
  },
);

it(
  'of a flood, what is accepted is processed, the rest is refused and not placed, and then all is as before',
  { timeout: 300_000 },
  async () => {
    const confirmedMs = async () => {
      const began = performance.now();
      await (await shop.place()).is('confirmed');
      return performance.now() - began;
    };
    const before = await confirmedMs();
    const keys = Array.from({ length: 150 }, (_, n) => `flood-${n}`);
    const answers = await Promise.all(
      keys.map(async (key) => {
        const { status, headers, body } = await shop.send({}, key);
        return {
          status,
          code: (body as { code?: string }).code,
          retryAfter: headers.get('retry-after'),
          key,
          order: status === 201 ? new ShopOrder(shop, body) : undefined,
        };
      }),
    );
    const accepted = answers.filter(({ status }) => status === 201);
    // Of an order that was answered 503, nobody knows whether it was placed.
    const refused = answers.filter(({ status }) => status === 429);
    expect(accepted.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const { status, code, retryAfter } of answers) {
      if (status === 201) continue;
      expect([status, Number(retryAfter) > 0]).toEqual([status === 429 ? 429 : 503, true]);
      if (status === 429) expect(code).toBe('rate_limited');
    }
    await Promise.all(accepted.map(({ order }) => order!.is('confirmed')));
    for (const { key } of refused) {
      expect((await shop.caller.get(`/v1/orders/${orderIdFor(shop.shopId, key)}`)).status).toBe(404);
    }
    const after = await until(async () => confirmedMs());
    console.info(
      `a flood of ${keys.length}: ${accepted.length} accepted, ${refused.length} refused; an order is confirmed after ${Math.round(before)} ms before it, and ${Math.round(after)} ms after it`,
    );
    expect(after).toBeLessThan(20 * before + 5_000);
  },
);
