import { change, type Edit } from '../edit.js';

const file = 'workflows/returns/process.ts';
const workflow = 'workflows/returns/workflow.ts';
const commands = 'workflows/returns/commands.ts';

/** The run of an order's returns. */
export const returnsEdits: Edit[] = [
  {
    name: 'returns-review-at-the-limit',
    truth: 'unsafe',
    why: 'A return of exactly the limit was approved at once.',
    names: ['approveReturn'],
    changes: [
      change(commands, 'returns.expectedFor(lines) > reviewLimit;', 'returns.expectedFor(lines) >= reviewLimit;'),
    ],
  },
  {
    name: 'returns-review-of-all',
    truth: 'unsafe',
    why: 'A small return was approved at once.',
    names: ['approveReturn'],
    changes: [
      change(
        commands,
        "const status = needsReview ? 'requested' : 'approved';",
        "const status = needsReview || lines.length > 0 ? 'requested' : 'approved';",
      ),
    ],
  },
  {
    name: 'returns-one-cent-less',
    truth: 'inputs',
    why: 'Each return is paid back a cent less.',
    names: ['refund'],
    changes: [change(file, '    const amount = back.claim();\n', '    const amount = back.claim() - 1;\n')],
  },
  {
    name: 'returns-nothing-restocked',
    truth: 'inputs',
    why: 'The call that puts the goods back has no lines.',
    names: ['restock'],
    changes: [
      change(
        file,
        'inventory.restock({ orderId: back.order.id, lines: back.lines })',
        'inventory.restock({ orderId: back.order.id, lines: [] })',
      ),
    ],
  },
  {
    name: 'returns-notice-at-the-end',
    truth: 'unsafe',
    why: 'The notice of a refund goes out after the restock, too, where it was sent beside it.',
    names: ['notifyRefunded'],
    changes: [
      change(
        file,
        "const notifyRefunded = step('notifyRefunded', {\n  after: [refund],",
        "const notifyRefunded = step('notifyRefunded', {\n  after: [restock, refund],",
      ),
    ],
  },
  {
    name: 'returns-refund-before-the-restock',
    truth: 'unsafe',
    why: 'Two calls that are made at once are made in another order.',
    names: ['restock', 'refund'],
    changes: [change(file, '  restock,\n  refund,\n', '  refund,\n  restock,\n')],
  },
  {
    name: 'returns-refund-under-another-key',
    truth: 'inputs',
    why: 'After a crash a refund is made again under another key.',
    names: ['refund', 'restock'],
    changes: [change(workflow, 'run: host.walk(back, `${orderId}:${back.id}`)', 'run: host.walk(back, `${back.id}`)')],
  },
  {
    name: 'returns-adjustments-not-shared',
    truth: 'inputs',
    why: 'A part of an order with a discount is paid back at its full price.',
    names: ['refund'],
    changes: [
      change(
        'contracts/money.ts',
        'const due = goodsValue(part) + proportion(adjustmentsSum(order.adjustments), value, all);',
        'const due = goodsValue(part) + (value > all ? 1 : 0);',
      ),
    ],
  },
  {
    name: 'returns-fee-not-paid-back',
    truth: 'inputs',
    why: 'A return of everything is paid back without the shipping fee.',
    names: ['refund'],
    changes: [
      change(
        'contracts/money.ts',
        '  if ([...delivered].every(([sku, quantity]) => (received.get(sku) ?? 0) >= quantity)) return paid;\n',
        '  if (delivered.size === 0) return paid;\n',
      ),
    ],
  },
  {
    name: 'returns-order-loaded-each-time',
    truth: 'unsafe',
    why: 'The second return of a run loaded nothing.',
    names: ['load'],
    changes: [
      change(
        commands,
        "mustLoad: () => returns.order?.status !== 'completed',",
        "mustLoad: () => returns.order?.status !== 'placed',",
      ),
    ],
  },
  {
    name: 'returns-early-news-forgotten',
    truth: 'unsafe',
    why: 'News of a return that the run did not know yet was kept for it.',
    names: ['awaitReturn', 'load', 'return.received'],
    changes: [
      change(
        workflow,
        '        early.push(news);\n        return loadUntilKnown();\n',
        '        void loadUntilKnown;\n        return undefined;\n',
      ),
    ],
  },
  {
    name: 'returns-received-without-lines-ignored',
    truth: 'unsafe',
    why: 'News without lines was about everything that was announced.',
    names: ['awaitReturn'],
    changes: [
      change(
        'workflows/returns/state.ts',
        'return lines === undefined || isPartOf(this.announced, lines);',
        'return lines !== undefined && isPartOf(this.announced, lines);',
      ),
    ],
  },
  {
    name: 'returns-retry-removed',
    truth: 'unsafe',
    why: 'An operator had a stuck return go on with this command.',
    names: ['retryReturn', 'refund', 'restock'],
    changes: [
      change(
        commands,
        `      onCommand(returnCommands.retryReturn, {
        check: ({ body }) => checkRetry(body.returnId),
        take: ({ body }) => {
          const { run } = walkOf(body.returnId)!;
          run.resolve(run.attention!.id, 'retry');
        },
      }),
`,
        '',
      ),
      change(
        commands,
        `  function checkRetry(returnId: string): void {
    const { back, run } = walkOf(returnId) ?? refuse('not_found', \`This run has no return \${returnId}.\`);
    if (!run.attention) refuse('wrong_status', \`The return is \${back.status}, and nothing of it is stuck.\`);
  }

`,
        '',
      ),
    ],
  },
  {
    name: 'returns-pivot-removed',
    truth: 'unsafe',
    why: 'A refund that was rejected waited for an operator.',
    names: ['awaitReturn', 'refund', 'restock'],
    changes: [change(file, '  pivot: true,\n', '')],
  },
  {
    name: 'returns-notice-without-address',
    truth: 'inputs',
    why: 'The notice of a refund goes nowhere.',
    names: ['notifyRefunded'],
    changes: [change(file, '        ...defined({ email: back.order.email }),\n', '')],
  },
  {
    name: 'returns-shorter-pause-of-the-load',
    truth: 'inputs',
    why: 'While the book is away, the timers between two loads are shorter.',
    names: ['the order book does not answer', 'load'],
    changes: [change(workflow, 'for (let pause = 10_000;', 'for (let pause = 5_000;')],
  },
  {
    name: 'returns-more-attempts-to-load',
    truth: 'safe',
    why: 'The policy of a local activity is in no history.',
    names: [],
    changes: [
      change(
        workflow,
        "retry: { initialInterval: '200ms', maximumAttempts: 3 },",
        "retry: { initialInterval: '200ms', maximumAttempts: 4 },",
      ),
    ],
  },
  {
    name: 'returns-rejection-is-no-end',
    truth: 'unsafe',
    why: 'A return that an operator rejected had no further step.',
    names: ['approveReturn', 'awaitReturn'],
    changes: [
      change(
        file,
        "    if (back.status === 'rejected') throw new EndProcess('return_rejected', 'An operator rejected the return.');\n",
        '',
      ),
    ],
  },
  {
    name: 'returns-wording-in-the-web-ui',
    truth: 'view only',
    why: "The current details of a run are only shown, in Temporal's Web UI.",
    names: [],
    changes: [
      change(
        'workflows/returns/view.ts',
        "'| return | status | lines | refunded | stuck |'",
        "'| return | status | goods | refunded | stuck at |'",
      ),
    ],
  },
];
