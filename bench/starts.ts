import { shops } from './checkout.js';
import type { Measurement } from './measurement.js';
import { figure } from './report/table.js';
import { say } from './progress.js';
import { quantile } from './statistics.js';
import { Baseline } from './variants/baseline.js';
import { orderOf, Shop } from './variants/shop.js';

/** One way to start an order. Resolves when the order has come to rest, so that the next one meets a quiet system. */
type Start = () => Promise<number>;

/** How long the answer to POST /v1/orders takes, beside starting a workflow with the same input. The ways take turns. */
export const measureStarts: Measurement<Record<string, number[]>> = async (session, options) => {
  const checkouts = await session.startCheckouts();
  const baseline = await Baseline.start(session, checkouts[0]!);
  const shopsOf = await Promise.all(checkouts.map((checkout) => Shop.open(checkout, shops.first)));
  const ways: Record<string, Start> = { 'client.start': () => startPlainly(baseline) };
  for (const [i, shop] of shopsOf.entries()) ways[`POST /v1/orders, ${checkouts[i]!.name}`] = () => place(shop);
  try {
    const figures = await takeTurns(ways, options.orders);
    return { figures, tables: [tableOf(figures)] };
  } finally {
    await Promise.all([...shopsOf.map((shop) => shop.close()), baseline.close()]);
  }
};

async function takeTurns(ways: Record<string, Start>, times: number): Promise<Record<string, number[]>> {
  const names = Object.keys(ways);
  say(`starting ${times} orders in each of ${names.length} ways, in turns`);
  const warmUp = Math.min(times, 20);
  const taken: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let turn = -warmUp; turn < times; turn += 1) {
    for (let i = 0; i < names.length; i += 1) {
      const name = names[(i + Math.abs(turn)) % names.length]!;
      const ms = await ways[name]!();
      if (turn >= 0) taken[name]!.push(ms);
    }
  }
  return taken;
}

async function startPlainly(baseline: Baseline): Promise<number> {
  const { until, startMs, forget } = await baseline.start(1);
  await until('booked', 1);
  forget();
  return startMs;
}

async function place(shop: Shop): Promise<number> {
  const { view, ms } = await shop.place(orderOf(1));
  await shop.until(view.id, 'booked', ({ shipments }) => shipments.some(({ status }) => status === 'booked'));
  shop.forget(view.id);
  return ms;
}

function tableOf(taken: Record<string, number[]>) {
  return {
    title: 'How long it takes to start an order',
    note: 'Milliseconds until the answer, one order after the other, the ways in turns. `client.start` starts the plain saga.',
    columns: ['way', 'orders', 'p50', 'p95'],
    rows: Object.entries(taken).map(([name, ms]) => [
      name,
      String(ms.length),
      figure(quantile(ms, 0.5), 1),
      figure(quantile(ms, 0.95), 1),
    ]),
  };
}
