import { change, type Edit } from '../edit.js';

const file = 'workflows/order/process.ts';

/** Deadlines, pauses and how long they last. */
export const timerEdits: Edit[] = [
  {
    name: 'timers-decision-deadline-behind-the-call',
    truth: 'unsafe',
    why: 'The timer starts after the answer of the call, where the history has it before the call.',
    names: ['resolveShortage'],
    changes: [
      change(
        file,
        '    const due = deadline(decisionMs, "resolveShortage: the customer\'s decision is due");\n    await holdFor(decisionMs, order, call);\n',
        '    await holdFor(decisionMs, order, call);\n    const due = deadline(decisionMs, "resolveShortage: the customer\'s decision is due");\n',
      ),
    ],
  },
  {
    name: 'timers-review-deadline-behind-the-call',
    truth: 'unsafe',
    why: 'The timer starts after the answer of the call, where the history has it before the call.',
    names: ['review'],
    changes: [
      change(
        file,
        "    const due = deadline(reviewMs, 'review: the decision of an operator is due');\n    await holdFor(reviewMs, order, call);\n",
        "    await holdFor(reviewMs, order, call);\n    const due = deadline(reviewMs, 'review: the decision of an operator is due');\n",
      ),
    ],
  },
  {
    name: 'timers-payment-deadline-behind-the-call',
    truth: 'unsafe',
    why: 'The timer starts after the answer of the call, where the history has it before the call.',
    names: ['authorizePayment'],
    changes: [
      change(
        file,
        "  const due = deadline(paymentMs, 'authorizePayment: the payment is due');\n  await holdFor(paymentMs, order, call);\n",
        "  await holdFor(paymentMs, order, call);\n  const due = deadline(paymentMs, 'authorizePayment: the payment is due');\n",
      ),
    ],
  },
  {
    name: 'timers-payment-deadline-for-each-attempt',
    truth: 'unsafe',
    why: 'After a declined attempt another timer starts.',
    names: ['authorizePayment'],
    changes: [
      change(
        file,
        "  const due = deadline(paymentMs, 'authorizePayment: the payment is due');\n  await holdFor(paymentMs, order, call);\n  for (;;) {\n",
        "  await holdFor(paymentMs, order, call);\n  for (;;) {\n    const due = deadline(paymentMs, 'authorizePayment: the payment is due');\n",
      ),
    ],
  },
  {
    name: 'timers-review-without-a-deadline',
    truth: 'unsafe',
    why: 'The history of an order in review has a timer, and may have been ended by it.',
    names: ['review'],
    changes: [
      change(file, "    const due = deadline(reviewMs, 'review: the decision of an operator is due');\n", ''),
      change(
        file,
        "await wait(orderCommands.review, { due, late: 'review_deadline' });",
        'await wait(orderCommands.review);',
      ),
    ],
  },
  {
    name: 'timers-signature-without-a-deadline',
    truth: 'unsafe',
    why: 'A delivered order that nobody signs for is signed by its timer.',
    names: ['signForDelivery'],
    changes: [
      change(
        file,
        "    const due = deadline(order.input.deadlines.autoSignMs, 'signForDelivery: signed automatically then');\n",
        '',
      ),
      change(
        file,
        'await waitUntil(() => mailbox.peek(orderCommands.receipt) ?? order.signedBy, { due });',
        'await waitUntil(() => mailbox.peek(orderCommands.receipt) ?? order.signedBy);',
      ),
    ],
  },
  {
    name: 'timers-delivery-with-a-deadline',
    truth: 'unsafe',
    why: 'Each parcel under way starts one more timer.',
    names: ['awaitDelivery'],
    changes: [
      change(
        file,
        `run: async ({ facts: order, item: parcel, waitUntil, mailbox, makes }) => {\n    const news = shipmentNews(mailbox, parcel);\n    const outcome = await waitUntil(() => news.arrival(() => makes('first-report')));`,
        `run: async ({ facts: order, item: parcel, waitUntil, deadline, mailbox, makes }) => {\n    const news = shipmentNews(mailbox, parcel);\n    const due = deadline(30 * day, 'awaitDelivery: the parcel counts as lost then');\n    const outcome = (await waitUntil(() => news.arrival(() => makes('first-report')), { due })) ?? 'lost';`,
      ),
    ],
  },
  {
    name: 'timers-longer-review',
    truth: 'inputs',
    why: 'The timer of a review runs twice as long.',
    names: ['review'],
    changes: [change(file, 'deadline(reviewMs, ', 'deadline(2 * reviewMs, ')],
  },
  {
    name: 'timers-fixed-signature',
    truth: 'inputs',
    why: "The timer no longer runs as long as the order's input says.",
    names: ['signForDelivery'],
    changes: [change(file, 'deadline(order.input.deadlines.autoSignMs, ', 'deadline(7 * day, ')],
  },
  {
    name: 'timers-shorter-payment',
    truth: 'inputs',
    why: 'The timer of a payment ends an hour before the hold on the stock does.',
    names: ['authorizePayment'],
    changes: [change(file, 'deadline(paymentMs, ', 'deadline(paymentMs - hour, ')],
  },
  {
    name: 'timers-wording-of-a-deadline',
    truth: 'view only',
    why: "The summary of a timer is only shown, in Temporal's Web UI.",
    names: ['review'],
    changes: [
      change(file, "'review: the decision of an operator is due'", "'review: an operator has to decide by then'"),
    ],
  },
  {
    name: 'timers-hold-of-a-review-removed',
    truth: 'unsafe',
    why: 'An order in review extends the hold on its stock.',
    names: ['review'],
    changes: [change(file, '    await holdFor(reviewMs, order, call);\n', '')],
  },
  {
    name: 'timers-late-payment-code',
    truth: 'unsafe',
    why: 'An order whose payment came too late ends as failed, where its history has a completed run.',
    names: ['authorizePayment'],
    changes: [change(file, "      late: 'payment_deadline',", "      late: 'payment_declined',")],
  },
  {
    name: 'timers-no-pause-as-the-service-asked',
    truth: 'unsafe',
    why: 'After a Retry-After the history has a timer before the next attempt.',
    names: ['left alone as asked', 'reserveStock', 'screenFraud', 'authorizePayment', 'bookParcel'],
    changes: [
      change(
        'workflows/temporal/ports.ts',
        '    const { retryAfterMs = 0 } = detailsOf(error);\n    if (!cut.requested && retryAfterMs > 0) {\n      await this.pause(retryAfterMs, `${request.summary}: left alone as asked`, cut);\n    }\n',
        '',
      ),
    ],
  },
  {
    name: 'timers-no-look-at-a-slow-undo',
    truth: 'unsafe',
    why: 'The undo of an order whose service is away starts a timer with each call.',
    names: ['is it done?', 'undo', 'bookParcel', 'confirmOrder', 'authorizePayment', 'reserveStock'],
    changes: [
      change(
        'workflows/temporal/ports.ts',
        'const due = request.endless ? this.timer(this.options.retryBudgetMs, `${request.summary}: is it done?`) : undefined;\n    void due?.fired.then(events.overdue);',
        'const due: Timer | undefined = undefined as Timer | undefined;\n    void events;',
      ),
    ],
  },
  {
    name: 'timers-more-patience-of-a-command',
    truth: 'inputs',
    why: 'A command that waits for the one before it starts a longer timer.',
    names: ['a command waits'],
    changes: [change('workflows/temporal/command-turns.ts', 'const patienceMs = 1000;', 'const patienceMs = 2000;')],
  },
];
