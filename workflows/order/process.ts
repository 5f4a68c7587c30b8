import { defined } from '../../contracts/defined.js';
import type { NotificationActivities } from '../../activities/notification.js';
import { endStatusOf } from '../../contracts/failures.js';
import type { Balance, OrderInput, OrderView } from '../../contracts/order.js';
import type { OrderStatus } from '../../contracts/statuses.js';
import { EndProcess, FailProcess, Rejection } from '../engine/body-end.js';
import { inventory, notification, payment, shipping } from '../services.js';
import { defineProcess, steps } from '../engine/definition.js';
import type { Call } from '../engine/call.js';
import type { StepContext } from '../engine/step-context.js';
import { digestOf } from '../engine/digest.js';
import { shipmentNews } from './shipment-news.js';
import { orderCommands } from './messages.js';
import { events } from '../events.js';
import { messageType } from '../engine/message.js';
import type { MessageOf } from '../engine/message.js';
import { nothing } from '../engine/shape.js';
import { Order } from './state.js';
import type { Parcel } from './state.js';
import { orderView } from './view.js';
import { notBegun } from '../engine/run-process.js';
import { without } from '../engine/versions.js';

/**
 * THE GRAPH: what has to happen to an order, and in which order.
 *
 *   reserveStock -> resolveShortage -.                                    .-> notifyConfirmed
 *              `.                     >-> authorizePayment -> confirmOrder -> ship -> signForDelivery -> completeOrder
 *   screenFraud --> review ----------'
 *
 *   ship, for each parcel: bookParcel -> awaitDispatch -> capturePayment and awaitDelivery -> recoverParcel
 *
 * Each step: what it comes after, what it does, and what takes it back.
 */

type NotificationEvent = Parameters<NotificationActivities['notify']>[0]['event'];

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How long stock is held while the order moves on. A step that waits for somebody extends it by the time that it may wait. */
const hold = 15 * minute;

/** Extends the hold on the stock of an order that waits. Expired stock is reserved again, perhaps elsewhere; if that fails, the order ends. */
async function holdFor(waitMs: number, order: Order, call: OrderContext['call']): Promise<void> {
  const { parcels } = await call(
    inventory.renew({ orderId: order.id, holdMs: waitMs + hold, known: order.allocations }),
  );
  if (parcels) order.reserved(parcels);
}

/** The customer changed the order. The waiting payment step adjusts what is reserved. */
export const amended = messageType('amended', nothing);

/** Either way of paying later. */
const payments = [orderCommands.payment, events['payment.succeeded']] as const;

const { step, fanOut } = steps<Order, undefined, OrderStatus>();
const { step: parcelStep } = steps<Order, Parcel, OrderStatus>();

const call = { expectedMs: 50 };
const notice = { expectedMs: 50, optional: true, skippable: true };

/** Notifies the customer of an event. `subject` tells several events of one kind apart. */
function tell(order: Order, event: NotificationEvent, facts: Record<string, string> = {}, subject?: string) {
  const { email } = order.input.order;
  return notification.notify({
    orderId: order.id,
    event,
    facts,
    ...defined({ subject, email }),
  });
}

export const reserveStock = step('reserveStock', {
  ...call,
  run: async ({ facts: order, call }) => {
    const { parcels, short } = await call(inventory.reserve({ orderId: order.id, lines: order.wanted, holdMs: hold }));
    order.reserved(parcels);
    return { short: short ?? [] };
  },
  // The customer was asked about what is missing, or nothing is.
  assumed: ({ facts: order }) => {
    order.reserved(order.allocations);
    return { short: [] };
  },
  undo: async ({ facts: order, call }) => {
    await call(inventory.release({ orderId: order.id }));
    order.released();
  },
});

const screenFraud = step('screenFraud', {
  ...call,
  run: async ({ facts: order, call }) => {
    const { customerId, currency, payment: chosen } = order.input.order;
    const { outcome } = await call(
      payment.screen({
        orderId: order.id,
        shopId: order.input.shopId,
        customerId,
        amount: order.total,
        currency,
        ...(chosen.method === 'card' ? { token: chosen.token } : {}),
      }),
    );
    return { flagged: outcome === 'review' };
  },
  // If the order had been flagged, its history would have the review.
  assumed: () => ({ flagged: false }),
});

const resolveShortage = step('resolveShortage', {
  after: [reserveStock],
  expectedMs: 4 * hour,
  waits: true,
  while: 'awaiting_customer',
  takes: [orderCommands.decision],
  when: (order) => order.short,
  run: async ({ facts: order, call, waitUntil, deadline, mailbox }) => {
    const { decisionMs } = order.input.deadlines;
    const due = deadline(decisionMs, "resolveShortage: the customer's decision is due");
    await holdFor(decisionMs, order, call);
    // Lowering the quantities to what is there is a decision, too.
    await waitUntil(() => mailbox.take(orderCommands.decision) ?? (order.short ? undefined : 'enough'), {
      due,
      late: 'customer_deadline',
    });
    order.acceptPartial();
  },
});

const notifyDecisionNeeded = step('notifyDecisionNeeded', {
  ...notice,
  after: [reserveStock],
  when: (order) => order.short,
  run: ({ facts: order, results, call }) =>
    call(
      tell(
        order,
        'decision_needed',
        Object.fromEntries(results.reserveStock.short.map((s) => [s.sku, `${s.reserved} of ${s.wanted}`])),
      ),
    ),
});

const review = step('review', {
  // It extends the hold on what is reserved.
  after: [reserveStock, screenFraud],
  expectedMs: 4 * hour,
  waits: true,
  while: 'awaiting_review',
  takes: [orderCommands.review],
  when: (_order, { screenFraud }) => screenFraud.flagged,
  run: async ({ facts: order, call, wait, deadline }) => {
    const { reviewMs } = order.input.deadlines;
    const due = deadline(reviewMs, 'review: the decision of an operator is due');
    await holdFor(reviewMs, order, call);
    const { decision } = await wait(orderCommands.review, { due, late: 'review_deadline' });
    if (decision === 'reject') throw new FailProcess('fraud_rejected', 'An operator rejected the order in review.');
  },
});

const authorizePayment = step('authorizePayment', {
  after: [resolveShortage, review],
  expectedMs: 50,
  waits: true,
  while: 'awaiting_payment',
  whileBusy: (order) => order.paysLater,
  expectedFor: (order) => (order.paysLater ? order.input.deadlines.paymentMs : undefined),
  takes: [...payments, events['payment.failed']],
  run: async (context) => {
    const { facts: order, call, now } = context;
    await followAmendment(order, call);
    if (order.paysLater) return awaitPayment(context);
    const chosen = order.input.order.payment as { token: string };
    const { currency } = order.input.order;
    try {
      const balance = await call(
        payment.authorize({ orderId: order.id, amount: order.total, currency, token: chosen.token }),
      );
      order.attempted(now(), 'authorized');
      order.authorized(balance);
    } catch (error) {
      if (error instanceof Rejection) order.attempted(now(), 'declined', error.code);
      throw error;
    }
  },
  undo: async ({ facts: order, call }) => {
    order.voided(await call(payment.void({ orderId: order.id })));
  },
});

type OrderContext = Pick<
  StepContext<Order, unknown, undefined>,
  'facts' | 'call' | 'waitForAny' | 'deadline' | 'mailbox' | 'now'
>;

/** Waits until the customer or the provider has paid. Declined attempts are recorded, and the order keeps waiting. */
async function awaitPayment({ facts: order, call, waitForAny, deadline, mailbox, now }: OrderContext): Promise<void> {
  const { paymentMs } = order.input.deadlines;
  const due = deadline(paymentMs, 'authorizePayment: the payment is due');
  await holdFor(paymentMs, order, call);
  for (;;) {
    const message = await waitForAny([...payments, events['payment.failed'], amended], {
      due,
      late: 'payment_deadline',
    });
    if (message.type === 'amended') {
      await followAmendment(order, call);
      continue;
    }
    if (message.type === 'payment.failed') {
      order.attempted(now(), 'declined', 'payment_failed');
      continue;
    }
    const attempt = paymentAttempt(order, message);
    if (typeof attempt === 'string') {
      order.attempted(now(), 'declined', attempt);
      continue;
    }
    try {
      const balance = await call(attempt);
      order.attempted(now(), 'authorized');
      order.authorized(balance);
      return;
    } catch (error) {
      if (!(error instanceof Rejection)) {
        // The order ends, but the money may have arrived: it is given back, unless it was recorded.
        mailbox.putBack(message);
        throw error;
      }
      order.attempted(now(), 'declined', error.code);
    }
  }
}

/** The call for a payment message; or why there is none, when the provider was paid another sum than the order costs. */
function paymentAttempt(
  order: Order,
  message: MessageOf<(typeof payments)[number]>,
): Call<Partial<Balance>> | 'currency_mismatch' | 'amount_mismatch' {
  const { currency } = order.input.order;
  if (message.type === 'payment') {
    const { token } = message.content;
    return payment.authorize(
      { orderId: order.id, amount: order.total, currency, token, screen: true },
      digestOf(message.id),
    );
  }
  const { data } = message.content;
  if (data.currency !== currency) return 'currency_mismatch';
  if (data.amount !== order.total) return 'amount_mismatch';
  return payment.record(
    { orderId: order.id, amount: order.total, currency, providerRef: message.id },
    digestOf(message.id),
  );
}

/** Lowers what is reserved and authorized after an amendment. */
async function followAmendment(order: Order, call: OrderContext['call']): Promise<void> {
  if (!order.amended) return;
  order.amended = false;
  try {
    const { parcels } = await call(inventory.reduce({ orderId: order.id, lines: order.wanted }, `${order.amendments}`));
    order.reserved(parcels);
    if (order.payment.authorized > order.total) {
      order.money(await call(payment.reduce({ orderId: order.id, amount: order.total }, `${order.amendments}`)));
    }
  } catch (error) {
    // A step that is cut off may run again.
    order.amended = true;
    throw error;
  }
}

const notifyPaymentNeeded = step('notifyPaymentNeeded', {
  ...notice,
  after: [resolveShortage, review],
  when: (order) => order.paysLater,
  run: ({ facts: order, call }) => call(tell(order, 'payment_needed')),
});

/** Reminds the customer when two thirds of the time to pay have passed. */
const notifyPaymentDue = step('notifyPaymentDue', {
  after: [resolveShortage, review],
  expectedMs: 20 * minute,
  optional: true,
  waits: true,
  when: (order) => order.paysLater,
  run: async ({ facts: order, call, waitUntil, deadline, now }) => {
    const { paymentMs } = order.input.deadlines;
    const payBy = new Date(now() + paymentMs).toISOString();
    const due = deadline(Math.floor((2 * paymentMs) / 3), 'notifyPaymentDue: a reminder is due');
    const isPaid = await waitUntil(() => order.isPaid || undefined, { due });
    if (!isPaid) await call(tell(order, 'payment_due', { payBy }));
  },
});

const confirmOrder = step('confirmOrder', {
  ...call,
  after: [authorizePayment],
  // A change after this point would not be part of what is sold.
  takesBefore: [orderCommands.amend],
  run: async ({ facts: order, call }) => {
    await followAmendment(order, call);
    const { parcels } = await call(inventory.commit({ orderId: order.id, known: order.allocations }));
    order.confirm(parcels);
  },
  // The goods are sold: a parcel of them has left.
  assumed: ({ facts: order }) => order.confirm(),
  undo: async ({ facts: order, call }) => {
    await call(inventory.uncommit({ orderId: order.id }));
    order.unconfirm();
  },
});

const notifyConfirmed = step('notifyConfirmed', {
  ...notice,
  after: [confirmOrder],
  run: ({ facts: order, call }) => call(tell(order, 'confirmed')),
});

const bookParcel = parcelStep('bookParcel', {
  ...call,
  run: async ({ facts: order, item: parcel, call }) => {
    const { trackingNumber } = await call(
      shipping.book({
        shipmentId: parcel.id,
        orderId: order.id,
        warehouse: parcel.warehouse,
        carrier: order.input.order.carrier ?? 'simulated',
        lines: parcel.lines,
        address: order.address,
      }),
    );
    parcel.status = 'booked';
    if (trackingNumber !== undefined) parcel.trackingNumber = trackingNumber;
  },
  undo: async ({ facts: order, item: parcel, call, callUnless, mailbox, onlyThisBranch, now }) => {
    const news = shipmentNews(mailbox, parcel);
    const cancellation = shipping.cancel({ shipmentId: parcel.id, orderId: order.id });
    const cancelled = await callUnless(() => news.isOut(), cancellation);
    // The parcel was seen on its way, so the carrier's news counts more than its answer to the cancellation.
    if (news.isOut()) {
      order.dispatched(parcel, news.facts());
      return 'gone';
    }
    if (cancelled!.status === 'dispatched') {
      order.leftUnannounced(parcel, now());
      return 'gone';
    }
    // This is final for the carrier, too: later news about the parcel changes nothing.
    parcel.status = 'cancelled';
    if (onlyThisBranch) {
      await call(inventory.release({ orderId: order.id, shipmentId: parcel.id }));
      // A replacement of a lost parcel was paid for with the original.
      const amount = order.paidFor(parcel);
      if (amount > 0) order.money(await call(payment.refund({ orderId: order.id, subject: parcel.id, amount })));
    }
    return undefined;
  },
});

const awaitDispatch = parcelStep('awaitDispatch', {
  after: [bookParcel],
  expectedMs: 2 * day,
  waits: true,
  skippable: true,
  pivot: true,
  takesAfter: [orderCommands.receipt],
  run: async ({ facts: order, item: parcel, waitUntil, mailbox }) => {
    const news = shipmentNews(mailbox, parcel);
    await waitUntil(() => news.isOut() || undefined);
    order.dispatched(parcel, news.facts());
  },
  // Skipped: the parcel is on its way, and the carrier did not report it.
  decided: (_skip, { facts: order, item: parcel, now }) => order.leftUnannounced(parcel, now()),
});

const notifyShipped = parcelStep('notifyShipped', {
  ...notice,
  after: [awaitDispatch],
  run: ({ facts: order, item: parcel, call }) =>
    call(tell(order, 'shipped', defined({ trackingNumber: parcel.trackingNumber }), parcel.id)),
});

const capturePayment = parcelStep('capturePayment', {
  ...call,
  after: [awaitDispatch],
  when: (_order, _results, parcel) => parcel.replaces === undefined,
  run: async ({ facts: order, item: parcel, call }) => {
    order.money(await call(payment.capture({ orderId: order.id, shipmentId: parcel.id, amount: parcel.share })));
    parcel.captured = true;
  },
});

const awaitDelivery = parcelStep('awaitDelivery', {
  after: [awaitDispatch],
  expectedMs: 7 * day,
  waits: true,
  skippable: true,
  run: async ({ facts: order, item: parcel, waitUntil, mailbox, makes }) => {
    const news = shipmentNews(mailbox, parcel);
    const outcome = await waitUntil(() => news.arrival(() => makes('first-report')));
    parcel.status = outcome;
    order.mergeFacts(parcel, news.facts());
    return outcome;
  },
  // Skipped: the parcel has arrived, and the carrier did not report it. Abandoned: the parcel counts as lost.
  decided: (decision, { facts: order, item: parcel, now }) => {
    if (decision === 'skip') order.arrivedUnannounced(parcel, now());
    else order.abandonParcel(parcel);
    return decision === 'skip' ? 'delivered' : 'given up';
  },
});

/**
 * Handles a parcel that did not arrive. A lost parcel is sent again if there is stock, else paid back. An abandoned parcel is paid back. A
 * returned parcel is restocked and paid back.
 */
const recoverParcel = parcelStep('recoverParcel', {
  ...call,
  after: [capturePayment, awaitDelivery],
  when: (_order, { awaitDelivery }) => ['lost', 'returned', 'given up'].includes(awaitDelivery),
  run: async ({ facts: order, item: parcel, results, call, addBranch }) => {
    if (results.awaitDelivery === 'lost') {
      try {
        const { parcel: again } = await call(inventory.replace({ orderId: order.id, lostShipmentId: parcel.id }));
        addBranch(again.shipmentId, order.addReplacement(parcel.id, again));
        return 'sent again';
      } catch (error) {
        if (!(error instanceof Rejection)) throw error;
      }
    }
    const amount = order.paidFor(parcel);
    const back = amount > 0 ? call(payment.refund({ orderId: order.id, subject: parcel.id, amount })) : undefined;
    const restocked =
      results.awaitDelivery === 'returned'
        ? call(inventory.restock({ orderId: order.id, shipmentId: parcel.id, lines: parcel.lines }))
        : undefined;
    const [refunded] = await Promise.all([back, restocked]);
    if (!refunded) return 'not paid for';
    order.money(refunded);
    return 'refunded';
  },
  // A lost workflow task may have sold the goods again, and booked the replacement. If that has left, the order goes on with it.
  giveUp: async ({ facts: order, item: parcel, call, addBranch, makes }) => {
    if (!makes('give-up-parcel')) {
      await call(inventory.release({ orderId: order.id, replacementOf: parcel.id }));
      return undefined;
    }
    const { parcel: again } = await call(inventory.stopReplacing({ orderId: order.id, lostShipmentId: parcel.id }));
    if (!again) return undefined;
    const { shipmentId } = again;
    const { status } = await call(shipping.cancel({ shipmentId, orderId: order.id }, shipmentId));
    if (status === 'dispatched') {
      addBranch(shipmentId, order.addReplacement(parcel.id, again));
      return 'sent again';
    }
    await call(inventory.release({ orderId: order.id, shipmentId }));
    return undefined;
  },
});

const notifyRefunded = parcelStep('notifyRefunded', {
  ...notice,
  after: [recoverParcel],
  when: (_order, { recoverParcel }) => recoverParcel === 'refunded',
  run: ({ facts: order, item: parcel, call }) => call(tell(order, 'refunded', {}, parcel.id)),
});

const branchesOf = (order: Order) => order.parcels.map((parcel) => ({ id: parcel.id, item: parcel }));

export const ship = fanOut('ship', {
  after: [confirmOrder],
  over: branchesOf,
  find: async ({ facts: order, call }) => {
    order.found(await call(inventory.parcels({ orderId: order.id })));
    return branchesOf(order);
  },
  branch: [bookParcel, awaitDispatch, notifyShipped, capturePayment, awaitDelivery, recoverParcel, notifyRefunded],
});

const signForDelivery = step('signForDelivery', {
  after: [ship],
  expectedMs: 7 * day,
  waits: true,
  skippable: true,
  run: async ({ facts: order, call, waitUntil, deadline, mailbox }) => {
    if (!order.allDelivered) {
      // The customer has nothing: release what is still authorized, and pay back the rest of what was captured.
      order.money(await call(payment.settle({ orderId: order.id })));
      const amount = order.payment.captured - order.payment.refunded;
      if (amount > 0) order.money(await call(payment.refund({ orderId: order.id, subject: order.id, amount })));
      throw withoutDelivery(order);
    }
    if (order.signedBy !== undefined) return;
    const due = deadline(order.input.deadlines.autoSignMs, 'signForDelivery: signed automatically then');
    await waitUntil(() => mailbox.peek(orderCommands.receipt) ?? order.signedBy, { due });
  },
  // If everything arrived, this counts as a signature.
  decided: (_decision, { facts: order }) => {
    if (!order.allDelivered) throw withoutDelivery(order);
  },
});

/** How an order ends when no parcel was delivered. */
function withoutDelivery({ parcels }: Order): EndProcess {
  if (parcels.some((p) => p.abandoned)) {
    return new EndProcess('cancelled_by_operator', 'No parcel arrived, and an operator gave up waiting for one.');
  }
  return parcels.some((p) => p.status === 'lost')
    ? new EndProcess('lost_in_transit', 'No parcel arrived, and none could be sent again.')
    : new EndProcess('returned_to_sender', 'Every parcel came back.');
}

const notifyDelivered = step('notifyDelivered', {
  ...notice,
  after: [ship],
  // A signed delivery completes the order at once, and notifyCompleted says so.
  when: (order) => order.allDelivered && order.signedBy === undefined,
  run: ({ facts: order, call }) => call(tell(order, 'delivered')),
});

const completeOrder = step('completeOrder', {
  ...call,
  after: [signForDelivery],
  run: async ({ facts: order, call }) => {
    order.money(await call(payment.settle({ orderId: order.id })));
  },
});

const notifyCompleted = step('notifyCompleted', {
  ...notice,
  after: [completeOrder],
  run: ({ facts: order, call }) => call(tell(order, 'completed')),
});

const notifyEnded = step('notifyEnded', {
  ...notice,
  run: ({ facts: order, failure, call }) => {
    const { code } = failure!;
    return call(tell(order, endStatusOf(code), { reason: code }));
  },
});

const definition = [
  reserveStock,
  screenFraud,
  resolveShortage,
  notifyDecisionNeeded,
  review,
  notifyPaymentNeeded,
  notifyPaymentDue,
  authorizePayment,
  confirmOrder,
  notifyConfirmed,
  ship,
  notifyDelivered,
  signForDelivery,
  completeOrder,
  notifyCompleted,
];

export const orderProcess = defineProcess<Order, OrderStatus>('order', 2, definition, { afterEnd: [notifyEnded] });

/** Without the reminder of a payment. Delete it when no order of version 1 is open. */
const definition1 = without(definition, notifyPaymentDue);
const orderProcess1 = defineProcess<Order, OrderStatus>('order', 1, definition1, { afterEnd: [notifyEnded] });

/** Every version that an order may have been placed with, the latest last. A released version does not change any more. */
export const orderVersions = [orderProcess1, orderProcess] as const;

/**
 * The view of an order that no worker has begun yet, by the version of the process that it was placed with. During an upgrade an API can
 * meet a version that it does not know: the view then has no steps.
 */
export function initialView(input: OrderInput): OrderView {
  const known = orderVersions.find(({ version }) => version === input.process.version);
  const process = known ?? { ...orderProcess, steps: [] };
  return orderView(notBegun(process, new Order(input)), Date.parse(input.placedAt), 0);
}
