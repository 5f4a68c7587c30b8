import { setTimeout as sleep } from 'node:timers/promises';
import { shops, type Checkout } from '../checkout.js';
import { figure, type Table } from '../report/table.js';
import { say } from '../progress.js';
import { quantile } from '../statistics.js';
import { orderOf, Shop } from '../variants/shop.js';
import { measureEach } from './each-checkout.js';

interface Fairness {
  checkout: string;
  /** How long the second shop's orders took to be confirmed, in milliseconds: while nothing else happened, and during the flood. */
  quietMs: number[];
  floodedMs: number[];
  /** How long it took until all orders of the flood were confirmed. */
  floodMs: number;
}

const everyMs = 1000;
const quietOrders = 15;

/** One shop places many orders at once, while another one places an order every second. */
export const measureFairness = measureEach(
  (checkout, options) => flood(checkout, options.flood),
  (figures, options) => tableOf(figures, options.flood),
);

async function flood(checkout: Checkout, orders: number): Promise<Fairness> {
  const [first, second] = await Promise.all([Shop.open(checkout, shops.first), Shop.open(checkout, shops.second)]);
  try {
    say(`${checkout.name}: warming, then ${quietOrders} orders in quiet times`);
    await first.warmUp();
    const quietMs = await everySecond(second, (placed) => placed >= quietOrders);
    say(`${checkout.name}: a flood of ${orders} orders`);
    const start = performance.now();
    let over = false;
    const flooding = Promise.all(Array.from({ length: orders }, () => confirm(first))).finally(() => (over = true));
    const floodedMs = await everySecond(second, () => over);
    await flooding;
    return { checkout: checkout.name, quietMs, floodedMs, floodMs: performance.now() - start };
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
}

/** Places an order every second, whether the one before is confirmed or not. */
async function everySecond(shop: Shop, isEnough: (placed: number) => boolean): Promise<number[]> {
  const confirmed: Promise<number>[] = [];
  while (!isEnough(confirmed.length)) {
    confirmed.push(confirm(shop));
    await sleep(everyMs);
  }
  return Promise.all(confirmed);
}

/** @returns how long an order took from placing until it was confirmed. */
async function confirm(shop: Shop): Promise<number> {
  const start = performance.now();
  const { view } = await shop.place(orderOf(1));
  await shop.until(view.id, 'confirmed', ({ status }) => status === 'confirmed');
  shop.forget(view.id);
  return performance.now() - start;
}

function tableOf(figures: Fairness[], orders: number): Table {
  return {
    title: `One shop places ${orders} orders at once`,
    note: 'Milliseconds until an order of another shop, which places one a second, is confirmed: in quiet times and during the flood.',
    columns: ['checkout', 'quiet p50', 'p95', 'flooded p50', 'p95', 'p50 times', 'flood confirmed after'],
    rows: figures.map(({ checkout, quietMs, floodedMs, floodMs }) => [
      checkout,
      figure(quantile(quietMs, 0.5)),
      figure(quantile(quietMs, 0.95)),
      figure(quantile(floodedMs, 0.5)),
      figure(quantile(floodedMs, 0.95)),
      figure(quantile(floodedMs, 0.5)! / quantile(quietMs, 0.5)!, 1),
      `${figure(floodMs / 1000, 1)} s`,
    ]),
  };
}
