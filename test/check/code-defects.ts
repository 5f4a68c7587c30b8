import type { CodeChange } from '../../tools/simulate/runtime/compile.js';
import type { SimulateOptions } from '../../tools/simulate/simulate.js';

/** A defect in a copy of the product's code, of a kind that people make. */
export interface CodeDefect extends Pick<SimulateOptions, 'mode'> {
  /** The invariant that finds it, in some life alone. */
  invariant: string;
  story: string;
  edit: CodeChange;
  /** The first life that is tried, where an early one shows nothing. */
  from?: number;
}

const graph = 'workflows/order/process.ts';

export const codeDefects: readonly CodeDefect[] = [
  {
    invariant: 'done-in-order',
    story: 'a step without its dependency: the goods are sold beside the payment, not after it',
    edit: { file: graph, from: 'after: [authorizePayment],', to: 'after: [resolveShortage, review],' },
  },
  {
    invariant: 'captured-after-dispatch',
    story: 'the payment is captured beside the dispatch, not after it',
    edit: {
      file: graph,
      from: "parcelStep('capturePayment', {\n  ...call,\n  after: [awaitDispatch],",
      to: "parcelStep('capturePayment', {\n  ...call,\n  after: [bookParcel],",
    },
  },
  {
    invariant: 'nothing-left',
    story: 'the release of the stock is forgotten',
    edit: {
      file: graph,
      from: 'await call(inventory.release({ orderId: order.id }));\n    order.released();',
      to: 'order.released();',
    },
  },
  {
    invariant: 'undone-in-reverse',
    story: 'all steps are undone at once',
    edit: {
      file: 'workflows/engine/undo-walk.ts',
      from: 'if (this.undoing.has(step) || behind.has(step)) continue;',
      to: 'if (this.undoing.has(step)) continue;',
    },
  },
  {
    invariant: 'one-key',
    story: 'the key of a call has the number of its attempt',
    edit: {
      file: 'workflows/engine/step-calls.ts',
      from: ':${call.operation}${subject}`;',
      to: ':${call.operation}${subject}:${step.attempts}`;',
    },
  },
  {
    invariant: 'charged-its-share',
    story: 'the remainder of the shares is lost',
    edit: {
      file: 'contracts/money.ts',
      from: 'const taken = Math.max(remainder, -shares[i]!);',
      to: 'const taken = 0;',
    },
  },
  {
    invariant: 'paid-as-it-ended',
    from: 77,
    story: 'a parcel that does not arrive is not paid back',
    edit: { file: graph, from: 'const back = amount > 0 ? call(', to: 'const back = amount < 0 ? call(' },
  },
  {
    invariant: 'returns-paid-back',
    from: 215,
    story: 'a refund is priced alone, not with the returns before it',
    edit: {
      file: 'workflows/returns/state.ts',
      from: 'Math.max(0, this.#dueFor([...before, { lines }]) - refunded)',
      to: 'Math.max(0 * refunded, this.#dueFor([{ lines }]))',
    },
  },
  {
    invariant: 'shown-as-paid',
    from: 102,
    story: 'the answer of the void is not taken into the view',
    edit: {
      file: graph,
      from: 'order.voided(await call(payment.void({ orderId: order.id })));',
      to: 'await call(payment.void({ orderId: order.id }));',
    },
  },
  {
    invariant: 'late-money-returned',
    story: 'money that comes late is written down, and kept',
    edit: {
      file: 'services/payment/ledger.ts',
      from: "for (const kind of ['authorize', 'void'] as const)",
      to: "for (const kind of ['authorize'] as const)",
    },
  },
  {
    invariant: 'stock-as-its-pieces',
    story: 'a piece that comes back is not marked as restocked',
    edit: { file: 'services/inventory/restock.ts', from: 'piece.restocked += back;', to: '' },
  },
  {
    invariant: 'told-what-happened',
    story: 'the notice of a shipment does not say which parcel',
    edit: {
      file: graph,
      from: 'defined({ trackingNumber: parcel.trackingNumber }), parcel.id)),',
      to: 'defined({ trackingNumber: parcel.trackingNumber }))),',
    },
  },
  {
    invariant: 'run-as-its-order',
    story: 'the run of a cancelled order fails, and that of a failed one completes',
    edit: {
      file: 'workflows/order/workflow.ts',
      from: "endStatusOf(run.stopping.code) === 'failed'",
      to: "endStatusOf(run.stopping.code) === 'cancelled'",
    },
  },
  {
    invariant: 'deadline-kept',
    from: 104,
    mode: 'liveness',
    story: 'nobody signs, and the automatic signature was forgotten',
    edit: {
      file: graph,
      from: 'mailbox.peek(orderCommands.receipt) ?? order.signedBy, { due });',
      to: 'mailbox.peek(orderCommands.receipt) ?? order.signedBy, {});',
    },
  },
  {
    invariant: 'deadline-kept',
    story: 'a payment is awaited for half of its time',
    edit: {
      file: graph,
      from: "deadline(paymentMs, 'authorizePayment: the payment is due')",
      to: "deadline(paymentMs / 2, 'authorizePayment: the payment is due')",
    },
  },
  {
    invariant: 'heard-once',
    from: 1000,
    story: 'a report that comes again has an effect on the parcel sent again',
    edit: { file: 'workflows/temporal/host.ts', from: 'if (heard.has(message) && ports.hearsOnce()) return;', to: '' },
  },
];
