import type { Checkout } from '../checkout.js';
import { shops } from '../checkout.js';
import { figure, type Table } from '../report/table.js';
import { say } from '../progress.js';
import { Shop } from '../variants/shop.js';
import { measureEach } from './each-checkout.js';

interface Hanging {
  checkout: string;
  /** Completed orders a second. */
  healthy: number;
  hanging: number;
  /** Whether all orders that were under way were completed after the service went on. */
  completed: boolean;
}

const windowMs = 30_000;
const inFlight = 20;

/** The notification service hangs: it takes connections and answers nothing. No order depends on it. */
export const measureHanging = measureEach(hang, tableOf);

async function hang(checkout: Checkout): Promise<Hanging> {
  const shop = await Shop.open(checkout, shops.first);
  const notification = checkout.pidOf('notification');
  try {
    say(`${checkout.name}: warming, then ${windowMs / 1000} s in health`);
    await liveFor(shop, windowMs / 3);
    const healthy = await liveFor(shop, windowMs);
    await healthy.rest;
    say(`${checkout.name}: the notification service hangs for ${(2 * windowMs) / 1000} s`);
    process.kill(notification, 'SIGSTOP');
    const hanging = await liveFor(shop, 2 * windowMs);
    process.kill(notification, 'SIGCONT');
    const completed = await hanging.rest;
    return { checkout: checkout.name, healthy: healthy.perSecond, hanging: hanging.perSecond, completed };
  } finally {
    process.kill(notification, 'SIGCONT');
    await shop.close();
  }
}

/** Keeps orders in flight for a time, and counts those that are completed in it. `rest` tells whether the others were completed later. */
async function liveFor(shop: Shop, ms: number): Promise<{ perSecond: number; rest: Promise<boolean> }> {
  const end = performance.now() + ms;
  let inTime = 0;
  const customer = async () => {
    while (performance.now() < end) {
      await shop.live(1);
      if (performance.now() <= end) inTime += 1;
    }
  };
  const all = Promise.all(Array.from({ length: inFlight }, customer));
  const rest = all.then(
    () => true,
    (error: Error) => {
      say(error.message);
      return false;
    },
  );
  await new Promise((resolve) => setTimeout(resolve, ms));
  return { perSecond: (inTime * 1000) / ms, rest };
}

function tableOf(figures: Hanging[]): Table {
  return {
    title: 'The notification service hangs',
    note: `Completed orders a second with ${inFlight} in flight: in health, and while the process of the notification service is stopped.`,
    columns: ['checkout', 'healthy', 'hanging', 'part', 'all completed afterwards'],
    rows: figures.map(({ checkout, healthy, hanging, completed }) => [
      checkout,
      figure(healthy, 1),
      figure(hanging, 1),
      `${figure((100 * hanging) / healthy)} %`,
      completed ? 'yes' : 'no',
    ]),
  };
}
