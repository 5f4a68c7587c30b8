import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Outage, away, fault } from './misbehaviour.js';
import { testOrders } from './test-orders.js';

/**
 * Tests of local calls that run at the same time and are answered in another order than they were made. A replay gets all their
 * answers at once and has to come to the same history. `testOrders` replays these runs at the end.
 */
const orders = testOrders();

const short = { lines: [{ sku: 'rare', quantity: 3, unitPrice: 1000 }] };
const review = () => Promise.resolve({ outcome: 'review' as const });

async function late<Answer>(_input: unknown, healthy: () => Promise<Answer>): Promise<Answer> {
  await sleep(300);
  return healthy();
}

it('two waits with deadlines, the second call answered first', async () => {
  const order = await orders.place({ order: short, services: { 'inventory.reserve': late, 'payment.screen': review } });
  await order.until((v) => v.steps.filter((s) => s.state === 'waiting').length === 2);
  await order.command('cancel', {});
  expect((await order.end()).view.status).toBe('cancelled');
});

it('one fails at once and is queued, the other answers later and begins a wait', async () => {
  const outage = new Outage();
  const order = await orders.place({
    order: short,
    services: {
      'inventory.reserve': late,
      'payment.screen': (input, healthy) => {
        const answer = outage.behave(input, healthy);
        outage.down = false;
        return answer;
      },
    },
  });
  await order.until((v) => v.status === 'awaiting_customer' && v.steps[1]!.state === 'done');
  await order.command('cancel', {});
  expect((await order.end()).view.status).toBe('cancelled');
});

it('one begins a wait, the other fails later and is queued', async () => {
  let failed = false;
  const order = await orders.place({
    services: {
      'inventory.reserve': async (input, healthy) => {
        if (failed) return healthy();
        failed = true;
        await late(input, () => Promise.reject(fault()));
        return healthy();
      },
      'payment.screen': review,
    },
  });
  await order.until((v) => v.status === 'awaiting_review' && v.steps[0]!.state === 'done');
  await order.command('cancel', {});
  expect((await order.end()).view.status).toBe('cancelled');
});

it('a query while the book is away changes nothing in the run', async () => {
  const book = new Outage();
  const order = await orders.place({ services: away(book) });
  await order.services.until(() => book.missed > 1);
  for (let i = 0; i < 3; i += 1) await order.handle.query('publication');
  book.down = false;
  await order.until((v) => v.status === 'confirmed');
  book.down = true;
  await order.event('shipment.dispatched');
  await order.untilCalled('payment.capture');
  await order.handle.query('publication');
  book.down = false;
  await order.until((v) => v.status === 'shipping' && v.payment.captured > 0);
  await order.event('shipment.delivered', { signedBy: 'A. Customer' });
  expect((await order.end()).view.status).toBe('completed');
});
