import { defined } from '../../contracts/defined.js';
import { inventory, notification, payment } from '../services.js';
import { events } from '../events.js';
import { EndProcess } from '../engine/body-end.js';
import { defineProcess, steps } from '../engine/definition.js';
import { reviewReturn } from './messages.js';
import type { Return } from './state.js';

/**
 * THE GRAPH of a return. All returns of an order share one run. It goes through this graph once for each return.
 *
 *   approveReturn -> awaitReturn -> restock and refund -> closeReturn
 *                                          refund -> notifyRefunded
 */

const hour = 3_600_000;
const { step } = steps<Return>();

const approveReturn = step('approveReturn', {
  expectedMs: 24 * hour,
  waits: true,
  takes: [reviewReturn],
  run: async ({ facts: back, wait }) => {
    if (back.status === 'requested') await wait(reviewReturn);
    if (back.status === 'rejected') throw new EndProcess('return_rejected', 'An operator rejected the return.');
  },
});

const awaitReturn = step('awaitReturn', {
  after: [approveReturn],
  expectedMs: 14 * 24 * hour,
  waits: true,
  takes: [events['return.received']],
  // The goods are back, and this cannot be undone. A call that is rejected after this point waits for an operator.
  pivot: true,
  run: async ({ facts: back, wait }) => {
    if (back.status === 'received') return;
    const { data } = await wait(events['return.received']);
    back.receive(data.lines);
  },
});

const restock = step('restock', {
  after: [awaitReturn],
  expectedMs: 50,
  run: async ({ facts: back, call }) => {
    await call(inventory.restock({ orderId: back.order.id, lines: back.lines }));
  },
});

const refund = step('refund', {
  after: [awaitReturn],
  expectedMs: 50,
  run: async ({ facts: back, call }) => {
    const amount = back.claim();
    await call(payment.refund({ orderId: back.order.id, subject: back.id, amount }));
    back.refunded = amount;
  },
});

const notifyRefunded = step('notifyRefunded', {
  after: [refund],
  expectedMs: 50,
  optional: true,
  run: ({ facts: back, call }) =>
    call(
      notification.notify({
        orderId: back.order.id,
        event: 'refunded',
        subject: back.id,
        ...defined({ email: back.order.email }),
      }),
    ),
});

const closeReturn = step('closeReturn', {
  after: [restock, refund],
  expectedMs: 0,
  run: ({ facts: back }) => {
    back.status = 'closed';
    return Promise.resolve();
  },
});

export const returnProcess = defineProcess<Return>('returns', 1, [
  approveReturn,
  awaitReturn,
  restock,
  refund,
  notifyRefunded,
  closeReturn,
]);

/** Every version of the process that a return can use, the latest last. Never change a released version. */
export const returnVersions = [returnProcess] as const;
