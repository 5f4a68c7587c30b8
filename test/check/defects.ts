import type { Observation, View } from '../../tools/check/observation.js';
import { at, cancelledOrder, completedOrder, east, orderId, waitingOrder } from './observations.js';

/** A defect in the data, as a fault of the product would leave it. */
export interface Defect {
  /** The one invariant that finds it. */
  invariant: string;
  /** What went wrong. */
  story: string;
  order: () => Observation;
  damage: (observed: Parts) => void;
}

type Parts = Required<Omit<Observation, 'settledForMs'>> & Observation & { view: View };

/** An observation with a defect. The view is one object, in the run, in the book and in the answers. */
export function damaged({ order, damage }: Defect): Observation {
  const observed = order();
  damage({ ...observed, view: observed.runs![0]!.view! } as Parts);
  return observed;
}

function defect(invariant: string, story: string, order: () => Observation, damage: Defect['damage']): Defect {
  return { invariant, story, order, damage };
}

const returned = [{ id: 'ret_1', status: 'closed', lines: [{ sku: 'mug', quantity: 1 }], refunded: 1249 }];

/** One for each invariant, in their order. */
export const defects: readonly Defect[] = [
  defect('placed-once', 'a 201 was answered, and the order has no run', completedOrder, ({ runs }) => {
    runs.length = 0;
  }),
  defect('one-run', 'a second run was started for the order', completedOrder, ({ runs }) => {
    runs.push({ ...runs[0]!, runId: 'run-2', startedAt: at(1) });
  }),
  defect('ended-or-waiting', 'a call never came back, and nobody repeats it', waitingOrder, ({ view }) => {
    view.steps[2]!.state = 'running';
  }),
  defect('deadline-kept', 'the timer of a deadline was forgotten', waitingOrder, ({ view }) => {
    view.steps[2]!.startedAt = new Date(at(-1000)).toISOString();
  }),
  defect('run-as-its-order', 'a completed order’s run closed as failed', completedOrder, ({ runs }) => {
    Object.assign(runs[0]!, { status: 'failed', failure: 'payment_declined' });
  }),
  defect('charged-once', 'the parcel was captured twice', completedOrder, ({ payment, view }) => {
    payment.payments[0]!.captured = view.payment.captured = 2 * 2990;
    payment.authorizations[0]!.amount = payment.operations[0]!.amount = 2 * 2990;
    payment.operations.push(payment.operations[1]!);
  }),
  defect(
    'captured-after-dispatch',
    'the money was taken before the parcel left',
    completedOrder,
    ({ payment, calls }) => {
      payment.operations[1]!.at = at(9);
      calls.find(({ operation }) => operation === 'capture')!.at = at(9);
    },
  ),
  defect('charged-its-share', 'a share was rounded the other way', completedOrder, ({ payment, view }) => {
    payment.payments[0]!.captured = view.payment.captured = payment.operations[1]!.amount = 2989;
    payment.operations.push({
      orderId,
      kind: 'release',
      amount: 1,
      at: at(19),
      key: `${orderId}:completeOrder:settle`,
    });
  }),
  defect('paid-as-it-ended', 'a parcel was lost, and nothing was paid back', completedOrder, ({ inventory, view }) => {
    view.shipments[0]!.status = 'lost';
    inventory.pieces[0]!.lost = true;
  }),
  defect('returns-paid-back', 'the refund of a return is a cent short', completedOrder, ({ payment, book, runs }) => {
    book[0]!.returns = returned;
    runs.push({
      ...{ workflowId: `returns:${orderId}`, runId: 'run-2', orderId, type: 'processReturns', status: 'completed' },
      ...{ startedAt: at(40), returns: returned },
    });
    payment.payments[0]!.refunded = 1249;
    payment.operations.push({
      ...{ orderId, kind: 'refund', amount: 1249, at: at(50), key: `${orderId}:ret_1:refund:refund`, subject: 'ret_1' },
    });
  }),
  defect('ledger-adds-up', 'a capture was counted, and not written down', completedOrder, ({ payment }) => {
    payment.payments[0]!.captured += 1;
  }),
  defect('late-money-returned', 'a second payment was taken, and kept', completedOrder, ({ payment }) => {
    payment.operations.push({
      ...{ orderId, kind: 'authorize', amount: 2990, at: at(60), key: 'k', subject: 'evt_2', currency: 'EUR' },
    });
  }),
  defect('shown-as-paid', 'the view has an outdated sum', completedOrder, ({ view }) => {
    view.payment.captured = 2000;
  }),
  defect('stock-conserved', 'a piece left the stock, and came nowhere', completedOrder, ({ inventory }) => {
    inventory.stock[0]!.available -= 1;
  }),
  defect('never-oversold', 'more was sold than there was', completedOrder, ({ inventory }) => {
    Object.assign(inventory.stock[0]!, { initial: 1, available: -1 });
  }),
  defect('stock-as-its-pieces', 'the stock counts a piece less than the order has', completedOrder, ({ inventory }) => {
    Object.assign(inventory.stock[0]!, { available: 9, committed: 1 });
  }),
  defect('nothing-left', 'the release of a cancelled order was forgotten', cancelledOrder, ({ inventory }) => {
    Object.assign(inventory.stock[0]!, { available: 8, reserved: 2 });
    inventory.pieces[0]!.state = 'reserved';
  }),
  defect('undone-once', 'two steps released the same reservation', cancelledOrder, ({ calls }) => {
    calls.push({ ...calls.at(-1)!, key: `${orderId}:resolveShortage:release`, at: at(17), seq: 17 });
  }),
  defect('undone-in-reverse', 'the stock was released before the parcel was cancelled', cancelledOrder, ({ calls }) => {
    Object.assign(calls.at(-1)!, { at: at(11), seq: 11 });
  }),
  defect('not-done-after-undo', 'a late booking was made after its cancellation', cancelledOrder, ({ calls }) => {
    Object.assign(
      calls.find(({ operation }) => operation === 'book')!,
      { at: at(14), seq: 14 },
    );
  }),
  defect('done-in-order', 'the goods were sold before they were paid', completedOrder, ({ calls }) => {
    Object.assign(
      calls.find(({ operation }) => operation === 'commit')!,
      { at: at(1), seq: 1 },
    );
  }),
  defect('one-key', 'the key of a call has the number of its attempt', completedOrder, ({ calls }) => {
    calls.find(({ operation }) => operation === 'capture')!.key += ':2';
  }),
  defect('told-once', 'the customer was told twice', completedOrder, ({ notification }) => {
    notification.push(notification[0]!);
  }),
  defect(
    'told-what-happened',
    'the notice of a step that is done was not stored',
    completedOrder,
    ({ notification }) => {
      notification.pop();
    },
  ),
  defect('book-as-the-runs', 'the last view did not reach the book', completedOrder, ({ book, view }) => {
    book[0]!.view = { ...view, status: 'delivered' };
  }),
  defect('revisions-grow', 'the book counted from an older revision', completedOrder, ({ answers, view }) => {
    answers.push({
      kind: 'read',
      askedAt: at(40),
      answeredAt: at(41),
      status: 200,
      orderId,
      body: { ...view, revision: 4 },
    });
  }),
  defect(
    'reads-go-forward',
    'the book took an older view for a newer one',
    completedOrder,
    ({ answers, book, view }) => {
      book[0]!.revision = 6;
      const body = { ...view, revision: 6, status: 'shipping' };
      answers.push({ kind: 'list', askedAt: at(40), answeredAt: at(41), status: 200, orderId, body });
    },
  ),
  defect('command-kept', 'a cancel was answered 200, and no history has it', cancelledOrder, ({ runs }) => {
    runs[0]!.updates = [];
  }),
  defect('command-takes-effect', 'the quantity of an amendment was forgotten', completedOrder, ({ answers, runs }) => {
    runs[0]!.updates!.push({ id: 'k3', name: 'amend', at: at(1) });
    answers.push({
      ...{ kind: 'command', name: 'amend', key: 'k3', askedAt: at(1), answeredAt: at(1), status: 200, orderId },
      sent: { lines: [{ sku: 'mug', quantity: 1 }] },
    });
  }),
  defect('news-kept', 'a webhook was answered as applied, and no run has it', completedOrder, ({ answers }) => {
    answers.push({
      ...{
        kind: 'webhook',
        name: 'shipment.delivered',
        key: 'evt_3',
        askedAt: at(16),
        answeredAt: at(16),
        status: 200,
      },
      ...{ orderId, by: 'carrier', body: { applied: true } },
    });
  }),
  defect('heard-once', 'the report of a loss came again, and lost the replacement too', completedOrder, (observed) => {
    const { runs, shipping, view } = observed;
    const again = { name: 'shipment.lost', id: 'm-1', at: at(25) };
    runs[0]!.signals!.push({ ...again, at: at(12) }, again);
    const id = `${east}-2`;
    shipping.bookings.push({ ...shipping.bookings[0]!, shipmentId: id, bookedAt: at(14) });
    view.shipments.push({ ...view.shipments[0]!, id, status: 'lost', lines: [] });
  }),
  defect(
    'carrier-heard',
    'the carrier delivered the parcel, and the order does not know',
    completedOrder,
    ({ view }) => {
      view.shipments[0]!.status = 'dispatched';
      view.shipments[0]!.id = east;
    },
  ),
];
