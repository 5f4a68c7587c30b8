import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import type { Checkout } from '../checkout.js';
import { shops } from '../checkout.js';
import { say } from '../progress.js';
import { figure, type Table } from '../report/table.js';
import { orderOf, Shop } from '../variants/shop.js';
import { measureEach } from './each-checkout.js';

interface HangingPayment {
  checkout: string;
  /** Deliveries a second. */
  healthy: number;
  hanging: number;
  /** Orders that waited for the payment service, and how many of them were confirmed after it went on. */
  held: number;
  confirmed: number;
}

const deliveries = 100;
const atOnce = 10;
const held = 40;
const hangMs = 60_000;

/** The payment service hangs for a minute. Orders whose payment is authorized are dispatched and delivered meanwhile. */
export const measureHangingPayment = measureEach(hang, tableOf);

async function hang(checkout: Checkout): Promise<HangingPayment> {
  const shop = await Shop.open(checkout, shops.first);
  const payment = checkout.pidOf('payment');
  try {
    say(`${checkout.name}: warming, then ${deliveries} deliveries in health`);
    await shop.warmUp();
    const [first, second] = [await booked(shop), await booked(shop)];
    const healthy = await deliverAll(shop, first);
    say(`${checkout.name}: the payment service hangs for ${hangMs / 1000} s, with ${held} orders that need it`);
    process.kill(payment, 'SIGSTOP');
    const hangs = sleep(hangMs);
    const waiting = await pMap(Array.from({ length: held }), async () => (await shop.place(orderOf(1))).view.id);
    // By now the first calls have found out that nothing answers.
    await sleep(hangMs / 6);
    const hanging = await deliverAll(shop, second);
    await hangs;
    process.kill(payment, 'SIGCONT');
    const isConfirmed = (id: string) => shop.until(id, 'confirmed', ({ status }) => status === 'confirmed');
    const confirmed = (await Promise.allSettled(waiting.map(isConfirmed))).filter(
      ({ status }) => status === 'fulfilled',
    );
    return { checkout: checkout.name, healthy, hanging, held, confirmed: confirmed.length };
  } finally {
    process.kill(payment, 'SIGCONT');
    await shop.close();
  }
}

async function booked(shop: Shop): Promise<string[]> {
  const place = async () => {
    const { view } = await shop.place(orderOf(1));
    await shop.until(view.id, 'booked', ({ shipments: [parcel] }) => parcel?.status === 'booked');
    return view.id;
  };
  return pMap(Array.from({ length: deliveries }), place, { concurrency: atOnce });
}

/** @returns how many orders a second went from booked to delivered. */
async function deliverAll(shop: Shop, orders: readonly string[]): Promise<number> {
  const start = performance.now();
  await pMap(orders, (id) => shop.deliver(id), { concurrency: atOnce });
  return (orders.length * 1000) / (performance.now() - start);
}

function tableOf(figures: HangingPayment[]): Table {
  return {
    title: 'The payment service hangs',
    note: `Deliveries a second, from the parcel's dispatch to its signature, with ${atOnce} at a time: in health, and while the process of the payment service is stopped for ${hangMs / 1000} s and ${held} new orders wait for it.`,
    columns: ['checkout', 'healthy', 'hanging', 'part', 'waiting orders confirmed afterwards'],
    rows: figures.map(({ checkout, healthy, hanging, confirmed, held: all }) => [
      checkout,
      figure(healthy, 1),
      figure(hanging, 1),
      `${figure((100 * hanging) / healthy)} %`,
      `${confirmed} of ${all}`,
    ]),
  };
}
