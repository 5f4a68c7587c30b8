import pMap from 'p-map';
import { shops, type Checkout } from '../checkout.js';
import { memoryOf } from '../processes.js';
import { figure, type Table } from '../report/table.js';
import { say } from '../progress.js';
import { quantile } from '../statistics.js';
import { orderOf, Shop } from '../variants/shop.js';
import { measureEach } from './each-checkout.js';

interface Waiting {
  checkout: string;
  /** Memory of the worker in MiB: before the orders, and with all of them. Undefined where the machine does not tell. */
  before?: number;
  after?: number;
  /** How long it takes until an order that has waited long is paid, in milliseconds. */
  paidMs: number[];
}

const paid = 30;

/** Many orders wait to be paid, and then some of them are. */
export const measureWaiting = measureEach(
  (checkout, options) => wait(checkout, options.waiting),
  (figures, options) => tableOf(figures, options.waiting),
);

async function wait(checkout: Checkout, orders: number): Promise<Waiting> {
  const shop = await Shop.open(checkout, shops.first);
  const memory = () => memoryOf(checkout.pidOf('worker'))?.now;
  try {
    await shop.warmUp();
    const before = memory();
    say(`${checkout.name}: placing ${orders} orders that are to be paid later`);
    const ids = await pMap(Array.from({ length: orders }), () => placeLater(shop), { concurrency: 50 });
    const after = memory();
    const chosen = ids.filter((_, i) => i % Math.ceil(orders / paid) === 0);
    const paidMs: number[] = [];
    for (const id of chosen) {
      paidMs.push(await shop.command(id, 'payment', { method: 'card', token: 'tok_ok' }, 200));
    }
    return { checkout: checkout.name, paidMs, ...(before && after && { before, after }) };
  } finally {
    await shop.close();
  }
}

async function placeLater(shop: Shop): Promise<string> {
  const { view } = await shop.place({ ...orderOf(1), payment: { method: 'later' } });
  await shop.until(view.id, 'awaiting_payment', ({ status }) => status === 'awaiting_payment');
  shop.forget(view.id);
  return view.id;
}

function tableOf(figures: Waiting[], orders: number): Table {
  return {
    title: `${orders} orders wait to be paid`,
    note: 'Memory of the worker before and with them, and the milliseconds that the payment of one of them takes.',
    columns: ['checkout', 'MiB before', 'MiB with them', 'payment p50', 'p95'],
    rows: figures.map(({ checkout, before, after, paidMs }) => [
      checkout,
      figure(before),
      figure(after),
      figure(quantile(paidMs, 0.5)),
      figure(quantile(paidMs, 0.95)),
    ]),
  };
}
