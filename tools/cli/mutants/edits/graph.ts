import { change, type Edit } from '../edit.js';

const file = 'workflows/order/process.ts';

/** Steps, their dependencies and their policies. */
export const graphEdits: Edit[] = [
  {
    name: 'graph-dependency-added',
    truth: 'unsafe',
    why: 'The screening no longer begins beside the reservation but after it.',
    names: ['screenFraud'],
    changes: [
      change(
        file,
        "const screenFraud = step('screenFraud', {\n  ...call,",
        "const screenFraud = step('screenFraud', {\n  ...call,\n  after: [reserveStock],",
      ),
    ],
  },
  {
    name: 'graph-dependency-removed',
    truth: 'unsafe',
    why: 'An order in review is paid before an operator has decided.',
    names: ['authorizePayment'],
    changes: [
      change(
        file,
        'after: [resolveShortage, review],\n  expectedMs: 50,',
        'after: [resolveShortage],\n  expectedMs: 50,',
      ),
    ],
  },
  {
    name: 'graph-dependencies-listed-in-another-order',
    truth: 'view only',
    why: 'A step waits for all its dependencies, whatever their order; the view lists them as they stand here.',
    names: ['authorizePayment'],
    changes: [
      change(
        file,
        'after: [resolveShortage, review],\n  expectedMs: 50,',
        'after: [review, resolveShortage],\n  expectedMs: 50,',
      ),
    ],
  },
  {
    name: 'graph-notice-begins-earlier',
    truth: 'unsafe',
    why: 'The notice of the completion goes out beside the last payment call instead of after it.',
    names: ['notifyCompleted'],
    changes: [change(file, 'after: [completeOrder],', 'after: [signForDelivery],')],
  },
  {
    name: 'graph-settled-before-the-signature',
    truth: 'unsafe',
    why: 'The payment is settled once the parcels have arrived, before somebody has signed.',
    names: ['completeOrder'],
    changes: [change(file, '...call,\n  after: [signForDelivery],', '...call,\n  after: [ship],')],
  },
  {
    name: 'graph-parcel-recovered-beside-the-capture',
    truth: 'unsafe',
    why: 'A parcel whose first news is its loss is recovered before its payment is captured.',
    names: ['recoverParcel'],
    changes: [change(file, 'after: [capturePayment, awaitDelivery],', 'after: [awaitDelivery],')],
  },
  {
    name: 'graph-notice-renamed',
    truth: 'unsafe',
    why: 'The id of a step is in its idempotency keys and in the ids of its activities.',
    names: ['notifyConfirmed', 'notifyOrderConfirmed'],
    changes: [change(file, "step('notifyConfirmed', {", "step('notifyOrderConfirmed', {")],
  },
  {
    name: 'graph-capture-renamed',
    truth: 'unsafe',
    why: 'After a crash the capture is made again under another key.',
    names: ['capturePayment', 'captureParcel'],
    changes: [change(file, "parcelStep('capturePayment', {", "parcelStep('captureParcel', {")],
  },
  {
    name: 'graph-wait-renamed',
    truth: 'unsafe',
    why: 'A Resolve that names the wait by its old id is refused, and the calls of later steps stay away.',
    names: ['awaitDelivery', 'awaitArrival'],
    changes: [
      change(file, "parcelStep('awaitDelivery', {", "parcelStep('awaitArrival', {"),
      change(
        file,
        "(_order, { awaitDelivery }) => ['lost', 'returned', 'given up'].includes(awaitDelivery)",
        "(_order, { awaitArrival }) => ['lost', 'returned', 'given up'].includes(awaitArrival)",
      ),
      change(file, "if (results.awaitDelivery === 'lost') {", "if (results.awaitArrival === 'lost') {"),
      change(file, "results.awaitDelivery === 'returned'", "results.awaitArrival === 'returned'"),
    ],
  },
  {
    name: 'graph-notice-of-delivery-removed',
    truth: 'unsafe',
    why: 'A delivered order that nobody signed for sent this notice.',
    names: ['notifyDelivered'],
    changes: [change(file, '  notifyDelivered,\n  signForDelivery,', '  signForDelivery,')],
  },
  {
    name: 'graph-notice-of-shortage-removed',
    truth: 'unsafe',
    why: 'A short order sent this notice.',
    names: ['notifyDecisionNeeded'],
    changes: [change(file, '  notifyDecisionNeeded,\n  review,', '  review,')],
  },
  {
    name: 'graph-step-added',
    truth: 'unsafe',
    why: 'Confirmed orders under way make a call that their history does not have.',
    names: ['notifyPacked'],
    changes: [
      change(
        file,
        'const bookParcel = parcelStep(',
        "const notifyPacked = step('notifyPacked', {\n  ...notice,\n  after: [confirmOrder],\n  run: ({ facts: order, call }) => call(tell(order, 'confirmed', { packed: 'yes' })),\n});\n\nconst bookParcel = parcelStep(",
      ),
      change(file, '  notifyConfirmed,\n  ship,', '  notifyConfirmed,\n  notifyPacked,\n  ship,'),
    ],
  },
  {
    name: 'graph-step-added-without-a-call',
    truth: 'unsafe',
    why: 'The new step waits for its own deadline, so each order under way starts one more timer.',
    names: ['coolOff'],
    changes: [
      change(
        file,
        'const bookParcel = parcelStep(',
        "const coolOff = step('coolOff', {\n  after: [confirmOrder],\n  expectedMs: hour,\n  waits: true,\n  run: async ({ waitUntil, deadline }) => {\n    await waitUntil(() => undefined, { due: deadline(hour, 'coolOff: the customer may still change their mind') });\n  },\n});\n\nconst bookParcel = parcelStep(",
      ),
      change(file, '  notifyConfirmed,\n  ship,', '  notifyConfirmed,\n  coolOff,\n  ship,'),
    ],
  },
  {
    name: 'graph-step-of-a-branch-removed',
    truth: 'unsafe',
    why: 'Each parcel that was refunded sent this notice.',
    names: ['notifyRefunded'],
    changes: [change(file, 'recoverParcel, notifyRefunded],', 'recoverParcel],')],
  },
  {
    name: 'graph-when-of-the-capture-removed',
    truth: 'unsafe',
    why: 'A replacement of a lost parcel is captured, though the customer has paid for it.',
    names: ['capturePayment'],
    changes: [change(file, '  when: (_order, _results, parcel) => parcel.replaces === undefined,\n', '')],
  },
  {
    name: 'graph-when-of-the-delivery-notice-widened',
    truth: 'unsafe',
    why: 'A signed delivery, too, sends a notice.',
    names: ['notifyDelivered'],
    changes: [
      change(
        file,
        'when: (order) => order.allDelivered && order.signedBy === undefined,',
        'when: (order) => order.allDelivered,',
      ),
    ],
  },
  {
    name: 'graph-when-of-the-review-removed',
    truth: 'unsafe',
    why: 'Every order waits for an operator.',
    names: ['review'],
    changes: [change(file, '  when: (_order, { screenFraud }) => screenFraud.flagged,\n', '')],
  },
  {
    name: 'graph-when-of-the-refund-notice-widened',
    truth: 'unsafe',
    why: 'A parcel that is sent again, or that nobody had paid for, sends a notice of a refund.',
    names: ['notifyRefunded'],
    changes: [
      change(
        file,
        "when: (_order, { recoverParcel }) => recoverParcel === 'refunded',",
        'when: (_order, { recoverParcel }) => recoverParcel !== undefined,',
      ),
    ],
  },
  {
    name: 'graph-undo-of-the-confirmation-removed',
    truth: 'unsafe',
    why: 'A cancelled order that was confirmed uncommits its stock.',
    names: ['confirmOrder'],
    changes: [
      change(
        file,
        '  undo: async ({ facts: order, call }) => {\n    await call(inventory.uncommit({ orderId: order.id }));\n    order.unconfirm();\n  },\n',
        '',
      ),
    ],
  },
  {
    name: 'graph-undo-of-the-reservation-removed',
    truth: 'unsafe',
    why: 'A cancelled order releases its stock.',
    names: ['reserveStock'],
    changes: [
      change(
        file,
        '  undo: async ({ facts: order, call }) => {\n    await call(inventory.release({ orderId: order.id }));\n    order.released();\n  },\n',
        '',
      ),
    ],
  },
  {
    name: 'graph-pivot-moved',
    truth: 'unsafe',
    why: 'A dispatched parcel whose capture is stuck could be cancelled, and its order undone.',
    names: ['awaitDispatch', 'capturePayment'],
    changes: [
      change(file, '  pivot: true,\n', ''),
      change(
        file,
        "const capturePayment = parcelStep('capturePayment', {\n  ...call,",
        "const capturePayment = parcelStep('capturePayment', {\n  ...call,\n  pivot: true,",
      ),
    ],
  },
  {
    name: 'graph-notice-no-longer-optional',
    truth: 'unsafe',
    why: 'A notice that cannot be sent now stops the order, where it went on without it.',
    names: ['notifyConfirmed'],
    changes: [
      change(
        file,
        "step('notifyConfirmed', {\n  ...notice,",
        "step('notifyConfirmed', {\n  ...notice,\n  optional: false,",
      ),
    ],
  },
  {
    name: 'graph-branch-in-another-order',
    truth: 'unsafe',
    why: 'Steps that become ready together begin in the order of the list, and so do their calls.',
    names: ['notifyShipped', 'capturePayment'],
    changes: [
      change(file, 'notifyShipped, capturePayment, awaitDelivery', 'capturePayment, notifyShipped, awaitDelivery'),
    ],
  },
  {
    name: 'graph-definition-in-another-order',
    truth: 'unsafe',
    why: 'The wait for a payment begins before the notice that asks for it.',
    names: ['notifyPaymentNeeded', 'authorizePayment'],
    changes: [
      change(
        file,
        '  notifyPaymentNeeded,\n  notifyPaymentDue,\n  authorizePayment,\n',
        '  authorizePayment,\n  notifyPaymentNeeded,\n  notifyPaymentDue,\n',
      ),
    ],
  },
  {
    name: 'graph-first-steps-in-another-order',
    truth: 'unsafe',
    why: 'The two first calls of every order swap places.',
    names: ['reserveStock', 'screenFraud'],
    changes: [change(file, '  reserveStock,\n  screenFraud,\n', '  screenFraud,\n  reserveStock,\n')],
  },
  {
    name: 'graph-last-steps-listed-in-another-order',
    truth: 'view only',
    why: 'The two steps never begin together, so only the list of steps differs.',
    names: ['notifyCompleted', 'completeOrder'],
    changes: [change(file, '  completeOrder,\n  notifyCompleted,\n];', '  notifyCompleted,\n  completeOrder,\n];')],
  },
  {
    name: 'graph-parcels-in-another-order',
    truth: 'unsafe',
    why: 'Two local calls of one type swap places: the answer for one parcel becomes that for the other.',
    names: ['bookParcel'],
    changes: [change(file, 'over: branchesOf,', 'over: (order) => branchesOf(order).reverse(),')],
  },
  {
    name: 'graph-expected-time-of-a-wait',
    truth: 'view only',
    why: 'The expected time is only shown, as the time at which a step is due.',
    names: ['awaitDispatch'],
    changes: [change(file, 'expectedMs: 2 * day,', 'expectedMs: 3 * day,')],
  },
  {
    name: 'graph-wait-no-longer-skippable',
    truth: 'unsafe',
    why: 'A Resolve that skipped or abandoned the wait is refused.',
    names: ['awaitDelivery'],
    changes: [
      change(
        file,
        'expectedMs: 7 * day,\n  waits: true,\n  skippable: true,\n  run: async ({ facts: order, item: parcel, waitUntil, mailbox, makes }) => {\n    const news = shipmentNews(mailbox, parcel);\n    const outcome',
        'expectedMs: 7 * day,\n  waits: true,\n  run: async ({ facts: order, item: parcel, waitUntil, mailbox, makes }) => {\n    const news = shipmentNews(mailbox, parcel);\n    const outcome',
      ),
    ],
  },
  {
    name: 'graph-receipt-no-longer-taken',
    truth: 'unsafe',
    why: 'A receipt that was taken is refused.',
    names: ['awaitDispatch', 'signForDelivery', 'receipt'],
    changes: [change(file, '  takesAfter: [orderCommands.receipt],\n', '')],
  },
  {
    name: 'graph-decision-no-longer-taken',
    truth: 'unsafe',
    why: "A customer's decision that was taken is refused.",
    names: ['resolveShortage', 'decision'],
    changes: [change(file, '  takes: [orderCommands.decision],\n', '')],
  },
  {
    name: 'graph-call-queued-from-the-start',
    truth: 'unsafe',
    why: 'The call is an ordinary activity, where the history has a local one.',
    names: ['capturePayment'],
    changes: [
      change(
        file,
        "const capturePayment = parcelStep('capturePayment', {\n  ...call,",
        "const capturePayment = parcelStep('capturePayment', {\n  ...call,\n  queued: true,",
      ),
    ],
  },
];
