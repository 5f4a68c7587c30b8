import { change, type Edit } from '../edit.js';

const process = 'workflows/order/process.ts';
const commands = 'workflows/order/commands.ts';

/** Commands and events: which are taken, when, and what they do. */
export const messageEdits: Edit[] = [
  {
    name: 'messages-amend-removed',
    truth: 'unsafe',
    why: 'Orders were amended, and their histories have the command.',
    names: ['amend', 'confirmOrder', 'authorizePayment'],
    changes: [
      change(
        'workflows/order/messages.ts',
        'export const orderCommands = { cancel, payment, receipt, decision, review, resolve, amend };',
        'export const orderCommands = { cancel, payment, receipt, decision, review, resolve };',
      ),
      change(process, '  takesBefore: [orderCommands.amend],\n', ''),
      change(
        commands,
        `  const amend = onCommand(orderCommands.amend, {
    changesCalls: true,
    check: ({ body }) => {
      mustBeTaken(orderCommands.amend);
      const errors = order.refusesAmendment(body.lines ?? []);
      if (errors.length > 0) refuse('validation_failed', 'Quantities of an order can only be lowered.', errors);
    },
    take: ({ body }, id) => {
      order.amend(body);
      run.deliver(amended, { id, content: undefined });
    },
  });
`,
        '',
      ),
      change(commands, '    resolve,\n    amend,\n  };', '    resolve,\n  };'),
    ],
  },
  {
    name: 'messages-amendment-not-delivered',
    truth: 'unsafe',
    why: 'An order that waits for its payment follows an amendment at once.',
    names: ['amend', 'authorizePayment'],
    changes: [
      change(
        commands,
        '      order.amend(body);\n      run.deliver(amended, { id, content: undefined });\n',
        '      order.amend(body);\n',
      ),
    ],
  },
  {
    name: 'messages-stricter-amendment',
    truth: 'unsafe',
    why: 'An amendment of the address alone, which was taken, is refused.',
    names: ['amend', 'confirmOrder', 'authorizePayment'],
    changes: [
      change(
        commands,
        '      mustBeTaken(orderCommands.amend);\n',
        "      mustBeTaken(orderCommands.amend);\n      if (!body.lines) refuse('validation_failed', 'An amendment names the lines that it lowers.');\n",
      ),
    ],
  },
  {
    name: 'messages-stricter-decision',
    truth: 'unsafe',
    why: 'A part of an expensive order, which a customer accepted, is refused.',
    names: ['decision', 'resolveShortage'],
    changes: [
      change(
        commands,
        "if (body.decision === 'accept_partial' && order.partialIsFree) {",
        "if (body.decision === 'accept_partial' && (order.partialIsFree || order.total > 5_000)) {",
      ),
    ],
  },
  {
    name: 'messages-decision-to-cancel-ignored',
    truth: 'unsafe',
    why: 'A customer who cancelled a short order gets a part of it.',
    names: ['decision', 'resolveShortage'],
    changes: [
      change(
        commands,
        "      if (body.decision === 'cancel') stopBy(by);\n      else run.deliver(orderCommands.decision, { id, content: body });\n",
        '      void by;\n      run.deliver(orderCommands.decision, { id, content: body });\n',
      ),
    ],
  },
  {
    name: 'messages-rejection-in-review-ignored',
    truth: 'unsafe',
    why: 'An order that an operator rejected goes on.',
    names: ['review'],
    changes: [
      change(
        process,
        "    if (decision === 'reject') throw new FailProcess('fraud_rejected', 'An operator rejected the order in review.');\n",
        '    void decision;\n',
      ),
    ],
  },
  {
    name: 'messages-rejection-in-review-with-another-code',
    truth: 'unsafe',
    why: 'The run of a rejected order completes, where its history has a failed one.',
    names: ['review'],
    changes: [change(process, "new FailProcess('fraud_rejected', ", "new FailProcess('cancelled_by_operator', ")],
  },
  {
    name: 'messages-wording-of-a-rejection',
    truth: 'view only',
    why: 'The message of a failure is only shown.',
    names: ['review'],
    changes: [change(process, "'An operator rejected the order in review.'", "'Rejected in review.'")],
  },
  {
    name: 'messages-failed-payment-ignored',
    truth: 'unsafe',
    why: 'A failed attempt counts for the most attempts that an order takes, so another payment was refused.',
    corrected: 'It was view only: the failed attempt would be missing among the attempts that are shown, and no more.',
    names: ['authorizePayment'],
    changes: [
      change(
        process,
        "waitForAny([...payments, events['payment.failed'], amended], {",
        'waitForAny([...payments, amended], {',
      ),
      change(
        process,
        "    if (message.type === 'payment.failed') {\n      order.attempted(now(), 'declined', 'payment_failed');\n      continue;\n    }\n",
        '',
      ),
    ],
  },
  {
    name: 'messages-loss-not-heard',
    truth: 'unsafe',
    why: 'A parcel that was reported as lost was sent again.',
    names: ['awaitDelivery', 'recoverParcel'],
    changes: [
      change(
        'workflows/order/workflow.ts',
        'events: eventTypes.map((type) =>',
        "events: eventTypes.filter((type) => type !== 'shipment.lost').map((type) =>",
      ),
    ],
  },
  {
    name: 'messages-loss-counts-more-than-delivery',
    truth: 'unsafe',
    why: 'A parcel that was reported as delivered and lost at once counted as delivered.',
    names: ['awaitDelivery', 'recoverParcel'],
    changes: [
      change(
        'workflows/order/shipment-news.ts',
        "arrivals = ['delivered', 'returned', 'lost']",
        "arrivals = ['lost', 'returned', 'delivered']",
      ),
    ],
  },
  {
    name: 'messages-delivery-is-no-dispatch',
    truth: 'unsafe',
    why: 'A parcel whose only news is its delivery counted as dispatched.',
    names: ['awaitDispatch'],
    changes: [
      change(
        'workflows/order/shipment-news.ts',
        'isOut: (): boolean => types.some((type) => heard(type).length > 0),',
        "isOut: (): boolean => heard('shipment.dispatched').length > 0,",
      ),
    ],
  },
  {
    name: 'messages-same-message-twice',
    truth: 'unsafe',
    why: 'A payment that is reported twice is given back as a second one.',
    names: ['authorizePayment', 'late payment', 'processLatePayment'],
    changes: [change('workflows/engine/mailbox.ts', '    if (this.#seen.has(key)) return false;\n', '')],
  },
  {
    name: 'messages-news-of-a-dispatch-alone-is-kept',
    truth: 'unsafe',
    why: 'News that came before the confirmation is about every parcel, and was kept until then.',
    names: ['awaitDispatch', 'awaitDelivery'],
    changes: [
      change(
        'workflows/order/apply-event.ts',
        '  else if (!order.confirmed) put();\n',
        '  else if (!order.confirmed) return;\n',
      ),
    ],
  },
  {
    name: 'messages-payment-put-nowhere',
    truth: 'unsafe',
    why: 'A payment whose order is cancelled meanwhile is given back.',
    names: ['authorizePayment', 'late payment', 'processLatePayment'],
    changes: [change(process, '        mailbox.putBack(message);\n', '')],
  },
  {
    name: 'messages-wrong-amount-accepted',
    truth: 'unsafe',
    why: 'A payment of another sum makes a call, where it was an attempt that failed.',
    names: ['authorizePayment'],
    changes: [change(process, "  if (data.amount !== order.total) return 'amount_mismatch';\n", '')],
  },
  {
    name: 'messages-wrong-currency-accepted',
    truth: 'unsafe',
    why: 'A payment in another currency makes a call, where it was an attempt that failed.',
    names: ['authorizePayment'],
    changes: [change(process, "  if (data.currency !== currency) return 'currency_mismatch';\n", '')],
  },
  {
    name: 'messages-cancel-past-the-pivot',
    truth: 'unsafe',
    why: 'A Cancel from the Web UI that was ignored past the pivot undoes the order.',
    names: ['cancel', 'awaitDispatch', 'bookParcel'],
    changes: [
      change(
        'workflows/temporal/standard-commands.ts',
        "    if (run.steps.isAnyPivotPassed) refuse('not_cancellable', pastPivot);\n",
        '    void pastPivot;\n',
      ),
    ],
  },
  {
    name: 'messages-cancel-from-the-web-ui-ignored',
    truth: 'unsafe',
    why: 'A Cancel from the Web UI undid its order.',
    names: ['cancel', 'undo', 'bookParcel', 'reserveStock', 'authorizePayment', 'confirmOrder', 'notifyEnded'],
    changes: [
      change(
        'workflows/temporal/host.ts',
        'const cancelling = process.commands.find(({ type }) => type === cancel);',
        'const cancelling = process.commands.find(({ type }) => type === cancel && walks.length > 1);',
      ),
    ],
  },
  {
    name: 'messages-resolve-always-retries',
    truth: 'unsafe',
    why: 'An operator who abandoned or skipped a step has it tried again.',
    names: ['resolve', 'bookParcel', 'awaitDelivery', 'awaitDispatch'],
    changes: [
      change(
        'workflows/temporal/standard-commands.ts',
        'take: ({ body }) => run.resolve(body.step, body.action),',
        "take: ({ body }) => run.resolve(body.step, 'retry'),",
      ),
    ],
  },
  {
    name: 'messages-cancel-needs-a-reason',
    truth: 'safe',
    why: 'The shape of a command is checked before it is recorded, and never on replay.',
    names: [],
    changes: [
      change(
        'workflows/temporal/messages.ts',
        'object<CancelBody>({ reason: optional(text) })',
        'object<{ reason: string }>({ reason: text })',
      ),
    ],
  },
  {
    name: 'messages-operators-name-is-needed',
    truth: 'safe',
    why: 'The envelope of a command is checked before it is recorded, and never on replay.',
    names: [],
    changes: [change('workflows/temporal/handlers.ts', 'name: optional(text) }),', 'name: text }),')],
  },
  {
    name: 'messages-wording-of-a-refusal',
    truth: 'safe',
    why: 'A refusal by the validator is in no history.',
    names: [],
    changes: [
      change(
        'workflows/temporal/handlers.ts',
        '`${name} does not fit.`',
        '`The command ${name} does not have the fields that it needs.`',
      ),
    ],
  },
  {
    name: 'messages-receipt-taken-out',
    truth: 'safe',
    why: 'Nothing else reads a receipt, so it makes no difference whether it stays in the mailbox.',
    names: [],
    changes: [
      change(
        process,
        'mailbox.peek(orderCommands.receipt) ?? order.signedBy',
        'mailbox.take(orderCommands.receipt) ?? order.signedBy',
      ),
    ],
  },
];
