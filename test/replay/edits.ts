import type { Edit } from '../../tools/cli/replay/changed-bundle.js';
import type { DifferenceKind } from '../../tools/cli/replay/difference.js';

/** An edit of the workflow code, and what a replay of recorded lives has to say about it. */
export interface TriedEdit {
  what: string;
  edits: Edit[];
  /** The lives that are replayed. The first that differs has to differ as expected. */
  lives: string[];
  /** Unset: nothing is told. */
  expected?: { kind: DifferenceKind; step?: string; recorded?: RegExp; now: RegExp; advice?: string };
}

const process = 'workflows/order/process.ts';
const edit = (file: string, from: string | RegExp, to: string): Edit[] => [{ file, from, to }];

const graph: TriedEdit[] = [
  {
    what: 'a deadline that begins behind the first call of its wait',
    edits: edit(process, /( +const due = deadline\(reviewMs, [^\n]*\n)( +await holdFor\(reviewMs[^\n]*\n)/, '$2$1'),
    lives: ['completed-after-review'],
    expected: {
      kind: 'graph',
      step: 'review',
      recorded:
        /a timer "review: the decision of an operator is due" of 7 s, before review is answered by inventory\.renew/,
      now: /^it comes after that$/,
    },
  },
  {
    what: 'two calls of one type that change places',
    edits: edit(process, 'order.parcels.map((parcel) => ({', '[...order.parcels].reverse().map((parcel) => ({'),
    lives: ['completed-two-parcels'],
    expected: {
      kind: 'graph',
      step: 'bookParcel east',
      recorded: /^bookParcel east calls shipping\.book$/,
      now: /^bookParcel west calls shipping\.book; the two have changed places$/,
    },
  },
  {
    what: 'two concurrent steps that change places',
    edits: edit(process, 'reserveStock,\n  screenFraud,\n', 'screenFraud,\n  reserveStock,\n'),
    lives: ['completed-one-parcel'],
    expected: { kind: 'graph', now: /the two have changed places$/ },
  },
  {
    what: 'a renamed step',
    edits: edit(process, "step('completeOrder'", "step('finishOrder'"),
    lives: ['completed-one-parcel'],
    expected: {
      kind: 'graph',
      step: 'completeOrder',
      recorded: /completeOrder calls payment\.settle/,
      now: /finishOrder/,
    },
  },
  {
    what: 'a call that is gone',
    edits: edit(process, 'await call(inventory.uncommit({ orderId: order.id }));', 'await Promise.resolve(call);'),
    lives: ['cancelled-by-operator'],
    expected: {
      kind: 'graph',
      step: 'confirmOrder',
      recorded: /confirmOrder: undo calls inventory\.uncommit/,
      now: /calls/,
    },
  },
  {
    what: 'a call more at the end',
    edits: edit(
      process,
      "run: ({ facts: order, call }) => call(tell(order, 'completed')),",
      "run: async ({ facts: order, call }) => {\n    await call(tell(order, 'completed'));\n    await call(tell(order, 'delivered'));\n  },",
    ),
    lives: ['completed-one-parcel'],
    expected: { kind: 'graph', step: 'notifyCompleted', now: /notifyCompleted calls notification\.notify/ },
  },
  {
    what: 'a shorter deadline',
    edits: edit(process, 'const due = deadline(reviewMs,', 'const due = deadline(reviewMs / 2,'),
    lives: ['completed-after-review'],
    expected: { kind: 'graph', step: 'review', recorded: /of 7 s$/, now: /^the timer is of 3\.5 s$/ },
  },
  {
    what: 'another status while a step waits',
    edits: edit(process, "while: 'awaiting_review'", "while: 'awaiting_customer'"),
    lives: ['completed-after-review'],
    expected: {
      kind: 'graph',
      step: 'review',
      recorded: /^search attributes: OrderStatus: "awaiting_review"$/,
      now: /OrderStatus: "awaiting_customer"/,
    },
  },
  {
    what: 'a command that no step takes any more',
    edits: edit(process, '  takes: [orderCommands.review],\n', ''),
    lives: ['completed-after-review'],
    expected: {
      kind: 'graph',
      step: 'review',
      recorded: /^the Update review is answered/,
      now: /^the Update review is refused: /,
    },
  },
  {
    what: 'a command that is gone',
    edits: edit(
      'workflows/order/commands.ts',
      'handlers: Object.values(byName)',
      'handlers: Object.values(byName).filter((each) => each !== amend)',
    ),
    lives: ['payment-amended'],
    expected: {
      kind: 'graph',
      recorded: /^the Update amend is answered/,
      now: /^the Update amend is refused: .*No registered handler for update: amend$/,
      advice:
        'Keep the command and its handler as long as Temporal keeps runs that were sent one. To take no new ones, refuse them.',
    },
  },
  {
    what: 'another code of a failure',
    edits: edit(process, "FailProcess('fraud_rejected', 'An", "FailProcess('fraud_suspected', 'An"),
    lives: ['failed-review-rejected'],
    expected: { kind: 'graph', recorded: /fraud_rejected/, now: /fraud_suspected/ },
  },
];

const inputs: TriedEdit[] = [
  {
    what: 'one cent more on every authorization',
    edits: edit(
      process,
      'amount: order.total, currency, token: chosen',
      'amount: order.total + 1, currency, token: chosen',
    ),
    lives: ['completed-one-parcel'],
    expected: { kind: 'inputs', step: 'authorizePayment', recorded: /calls payment\.authorize/, now: /"amount":2991/ },
  },
  {
    what: 'one cent more on an authorization that goes out as an activity',
    edits: edit(
      process,
      'amount: order.total, currency, token: chosen',
      'amount: order.total + 1, currency, token: chosen',
    ),
    lives: ['completed-after-review'],
    expected: { kind: 'inputs', step: 'authorizePayment', recorded: /amount: 2990$/, now: /^amount: 2991$/ },
  },
  {
    what: 'another time for which stock is held',
    edits: edit(process, 'const hold = 15 * minute', 'const hold = 16 * minute'),
    lives: ['completed-one-parcel'],
    expected: { kind: 'inputs', step: 'reserveStock', now: /"holdMs":960000/ },
  },
  {
    what: 'another key of every call',
    edits: edit('workflows/engine/step-calls.ts', '${step.id}:${call.operation}', '${step.id}/${call.operation}'),
    lives: ['completed-one-parcel'],
    expected: { kind: 'inputs', now: /"key":"ord_\w+:\w+\/\w+"/ },
  },
  {
    what: 'another task queue',
    edits: edit('workflows/temporal/protocol.ts', '`orders-${service}`', '`order-${service}`'),
    lives: ['completed-after-review'],
    expected: { kind: 'inputs', step: 'authorizePayment', recorded: /orders-payment/, now: /order-payment/ },
  },
];

const others: TriedEdit[] = [
  {
    what: 'another answer of every Update',
    edits: edit(
      'workflows/temporal/host.ts',
      'revision: await publisher.flush()',
      'revision: 1 + (await publisher.flush())',
    ),
    lives: ['completed-after-review'],
    expected: { kind: 'engine', recorded: /^the answer of the Update review: revision: 2$/, now: /^revision: 3$/ },
  },
  {
    what: 'search attributes that are no longer written',
    edits: edit('workflows/temporal/host.ts', 'if (changed.length > 0) upsert', 'if (changed.length > 9) upsert'),
    lives: ['completed-one-parcel'],
    expected: { kind: 'graph', recorded: /search attributes: OrderStatus/, now: /./ },
  },
  {
    what: 'a step that throws',
    edits: edit(process, 'parcel.captured = true;', "if (parcel.id) throw new TypeError('a slip');"),
    lives: ['completed-one-parcel'],
    expected: {
      kind: 'throws',
      step: 'capturePayment east',
      now: /^the workflow code throws: a slip, after the answer of payment\.capture to capturePayment east$/,
    },
  },
  {
    what: 'a version that is gone',
    edits: edit('workflows/engine/versions.ts', 'each.version === version)', 'each.version === version + 7)'),
    lives: ['completed-one-parcel'],
    expected: {
      kind: 'version',
      recorded: /^a run of processOrder, version 1$/,
      now: /^Unknown version 1 of the order process/,
    },
  },
  {
    what: 'a workflow type that is gone',
    edits: edit('workflows/index.ts', /processReturns/, 'processReturns as processReturned'),
    lives: ['returns-small'],
    expected: { kind: 'version', now: /exports no processReturns/ },
  },
];

const harmless: TriedEdit[] = [
  {
    what: 'another interval of retries',
    edits: edit('workflows/temporal/ports.ts', "initialInterval: '250ms'", "initialInterval: '500ms'"),
    lives: ['completed-after-review'],
    expected: { kind: 'settings', step: 'authorizePayment', recorded: /retryInitialMs 250/, now: /retryInitialMs 500/ },
  },
  {
    what: 'another field of the view',
    edits: edit('workflows/order/view.ts', 'shopId: input.shopId,', 'shopId: input.shopId.toUpperCase(),'),
    lives: ['completed-one-parcel'],
    expected: { kind: 'view only', recorded: /^the run completes: shopId: "demo"$/, now: /^shopId: "DEMO"$/ },
  },
  {
    what: 'another text of a deadline',
    edits: edit(process, 'review: the decision of an operator is due', 'review: an operator decides until then'),
    lives: ['completed-after-review'],
    expected: { kind: 'view only', step: 'review', now: /^the text in the Web UI is "review: an operator decides/ },
  },
  {
    what: 'one field more in the answer of an Update',
    edits: edit(
      'workflows/temporal/host.ts',
      '{ fingerprint: envelope.fingerprint, revision:',
      '{ more: 1, fingerprint: envelope.fingerprint, revision:',
    ),
    lives: ['completed-after-review'],
    expected: { kind: 'view only', recorded: /^the answer of the Update review: more: nothing$/, now: /^more: 1$/ },
  },
  {
    what: 'a line in the log',
    edits: edit(
      process,
      '    order.reserved(parcels);\n    return',
      "    console.log('reserved');\n    order.reserved(parcels);\n    return",
    ),
    lives: ['completed-one-parcel', 'completed-two-parcels'],
  },
  {
    what: 'a helper written in another way',
    edits: edit(process, 'const { email } = order.input.order;', 'const email = order.input.order.email;'),
    lives: ['completed-one-parcel', 'completed-two-parcels'],
  },
  {
    what: 'a step in a new version',
    edits: edit(
      process,
      'export const orderVersions = [',
      "const extra = step('extra', { ...call, after: [reserveStock], run: ({ call, facts }) => call(tell(facts, 'confirmed')) });\n" +
        "const nextProcess = defineProcess<Order, OrderStatus>('order', 99, [...definition, extra], { afterEnd: [notifyEnded] });\n" +
        'export const orderVersions = [nextProcess, ',
    ),
    lives: ['completed-one-parcel', 'completed-two-parcels'],
  },
];

export const triedEdits: TriedEdit[] = [...graph, ...inputs, ...others, ...harmless];
