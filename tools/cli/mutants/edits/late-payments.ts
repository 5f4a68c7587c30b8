import { change, type Edit } from '../edit.js';

const workflow = 'workflows/late-payment/workflow.ts';
const handOn = 'workflows/late-payment/hand-on.ts';
const settle = 'workflows/order/settle.ts';

/** The runs that give late payments back, and those that settle an order whose own run was ended. */
export const latePaymentEdits: Edit[] = [
  {
    name: 'late-another-key',
    truth: 'inputs',
    why: 'After a crash the money is given back again under another key.',
    names: ['giveBack', 'give back'],
    changes: [change(workflow, 'key: `${orderId}:latePayment:giveBack:${id}`,', 'key: `${orderId}:giveBack:${id}`,')],
  },
  {
    name: 'late-not-published',
    truth: 'unsafe',
    why: 'Money that was given back was published.',
    names: ['publish', 'publishLatePayments'],
    changes: [
      change(workflow, '        await publish(orderId, done);\n', ''),
      change(workflow, 'async function publish(', 'export async function publish('),
    ],
  },
  {
    name: 'late-published-before-it-is-given-back',
    truth: 'unsafe',
    why: 'The two activities of a payment swap places.',
    names: ['giveBack', 'publish', 'give back'],
    changes: [
      change(
        workflow,
        "      if (!returned.some((each) => each.id === id) && (await giveBack(orderId, id, payment))) {\n        const done: LatePayment = { id, at: isoNow(), outcome: 'returned' };\n        returned.push(done);\n        await publish(orderId, done);\n",
        "      const done: LatePayment = { id, at: isoNow(), outcome: 'returned' };\n      if (!returned.some((each) => each.id === id)) {\n        await publish(orderId, done);\n        await giveBack(orderId, id, payment);\n        returned.push(done);\n",
      ),
    ],
  },
  {
    name: 'late-all-published',
    truth: 'inputs',
    why: 'Each publication has all payments so far instead of the new one.',
    names: ['publish', 'publishLatePayments'],
    changes: [
      change(workflow, '        await publish(orderId, done);\n', '        await publish(orderId, done, returned);\n'),
      change(
        workflow,
        'async function publish(orderId: string, payment: LatePayment): Promise<void> {',
        'async function publish(orderId: string, payment: LatePayment, all: LatePayment[]): Promise<void> {',
      ),
      change(workflow, '({ orderId, payments: [payment] });', '({ orderId, payments: all });'),
    ],
  },
  {
    name: 'late-another-workflow-id',
    truth: 'unsafe',
    why: 'The run that gives money back has another id than the history of its order has.',
    names: ['late-payment', 'processLatePayment'],
    changes: [change('workflows/late-payment/messages.ts', '`late-payment:${orderId}`', '`late:${orderId}`')],
  },
  {
    name: 'late-newest-first',
    truth: 'unsafe',
    why: 'Of several payments the last is given back first.',
    names: ['giveBack', 'give back'],
    changes: [
      change(
        workflow,
        'for (let payment = waiting.shift(); payment; payment = waiting.shift()) {',
        'for (let payment = waiting.pop(); payment; payment = waiting.pop()) {',
      ),
    ],
  },
  {
    name: 'late-payment-of-nothing-given-back',
    truth: 'unsafe',
    why: 'A payment without a sum made no call.',
    names: ['giveBack', 'give back'],
    changes: [change(workflow, '  if (amount === 0) return true;\n', '')],
  },
  {
    name: 'late-shorter-runs',
    truth: 'unsafe',
    why: 'A run with more than fifty payments continues as new earlier.',
    names: ['giveBack', 'give back'],
    changes: [change(workflow, 'const mostInOneRun = 100;', 'const mostInOneRun = 50;')],
  },
  {
    name: 'late-shorter-pause',
    truth: 'inputs',
    why: 'The timer between two attempts is shorter.',
    names: ['give back again'],
    changes: [change(workflow, 'const shortestPauseMs = 60_000;', 'const shortestPauseMs = 30_000;')],
  },
  {
    name: 'late-own-payment-listed',
    truth: 'unsafe',
    why: 'A payment that turned out to be the own one of the order was not published.',
    names: ['publish', 'publishLatePayments'],
    changes: [change(workflow, '      return !answer.isOwn;\n', '      return answer.isOwn || !answer.isOwn;\n')],
  },
  {
    name: 'late-signal-first',
    truth: 'unsafe',
    why: 'The history of the order has the start of the other run before any Signal to it.',
    names: ['processLatePayment', 'late-payment'],
    changes: [
      change(
        handOn,
        '    for (;;) {\n      try {\n        await startChild',
        '    for (;;) {\n      try {\n        await getExternalWorkflowHandle(workflowId).signal<[News]>(latePaymentSignal.name, news);\n        return;\n      } catch {\n        // It has not begun yet.\n      }\n      try {\n        await startChild',
      ),
    ],
  },
  {
    name: 'late-log-line-removed',
    truth: 'safe',
    why: 'A log line is in no history.',
    names: [],
    changes: [
      change(workflow, "        log.info('Money that came late was given back.', { orderId, payment: id });\n", ''),
      change(workflow, '  log,\n', ''),
    ],
  },
  {
    name: 'late-longer-intervals',
    truth: 'safe',
    why: "The retries of an activity are Temporal's own.",
    names: [],
    changes: [
      change(
        workflow,
        "const retry = { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '1m' } as const;",
        "const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' } as const;",
      ),
    ],
  },
  {
    name: 'late-settled-under-another-key',
    truth: 'inputs',
    why: 'After a crash the calls that settle an order are made again under other keys.',
    names: ['settle'],
    changes: [change(settle, 'key: `${orderId}:settle:${name}`', 'key: `${orderId}:settled:${name}`')],
  },
  {
    name: 'late-settled-in-another-order',
    truth: 'unsafe',
    why: 'The two calls that give the stock back swap places.',
    names: ['settle'],
    changes: [
      change(
        settle,
        '      await call(inventory.uncommit({ orderId }));\n      await call(inventory.release({ orderId }));\n',
        '      await call(inventory.release({ orderId }));\n      await call(inventory.uncommit({ orderId }));\n',
      ),
    ],
  },
];
