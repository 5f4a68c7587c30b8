import { change, type Edit } from '../edit.js';

const file = 'workflows/order/process.ts';
const ports = 'workflows/temporal/ports.ts';
const commands = 'workflows/order/commands.ts';
const state = 'workflows/order/state.ts';
const view = 'workflows/order/view.ts';

/** Edits that are meant to change nothing, or only what is shown. */
export const safeEdits: Edit[] = [
  {
    name: 'safe-retry-interval',
    truth: 'safe',
    why: "The retries of an activity are Temporal's own.",
    names: [],
    changes: [
      change(
        ports,
        "initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '30s'",
        "initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s'",
      ),
    ],
  },
  {
    name: 'safe-longest-retry-interval',
    truth: 'safe',
    why: "The retries of an activity are Temporal's own.",
    names: [],
    changes: [change(ports, "maximumInterval: '30s' } as const;", "maximumInterval: '45s' } as const;")],
  },
  {
    name: 'safe-longer-attempt',
    truth: 'safe',
    why: 'A replay does not compare timeouts, and an activity under way keeps its own.',
    names: [],
    changes: [change(ports, "const queuedAttempt = '10s';", "const queuedAttempt = '15s';")],
  },
  {
    name: 'safe-longer-local-attempt',
    truth: 'safe',
    why: 'The policy of a local activity is in no history.',
    names: [],
    changes: [
      change(
        ports,
        "const localAttempt = { startToCloseTimeout: '1s',",
        "const localAttempt = { startToCloseTimeout: '2s',",
      ),
    ],
  },
  {
    name: 'safe-longer-publication',
    truth: 'safe',
    why: 'The policy of a local activity is in no history.',
    names: [],
    changes: [
      change(
        'workflows/temporal/publisher.ts',
        "const publishPolicy = { startToCloseTimeout: '1s',",
        "const publishPolicy = { startToCloseTimeout: '2s',",
      ),
    ],
  },
  {
    name: 'safe-log-line',
    truth: 'safe',
    why: 'A log line is in no history.',
    names: [],
    changes: [
      change(
        'workflows/order/workflow.ts',
        "import { workflowInfo } from '@temporalio/workflow';",
        "import { log, workflowInfo } from '@temporalio/workflow';",
      ),
      change(
        'workflows/order/workflow.ts',
        '  const order = new Order(input);\n',
        "  const order = new Order(input);\n  log.info('An order begins.', { orderId: order.id });\n",
      ),
    ],
  },
  {
    name: 'safe-refactored-helper',
    truth: 'safe',
    why: 'The helper describes the same call.',
    names: [],
    changes: [
      change(
        file,
        '  const { email } = order.input.order;\n  return notification.notify({\n    orderId: order.id,\n    event,\n    facts,\n    ...defined({ subject, email }),\n  });\n',
        '  const to = addressOf(order);\n  const about = { orderId: order.id, event, facts };\n  return notification.notify({ ...to, ...about, ...defined({ subject }) });\n',
      ),
      change(
        file,
        "export const reserveStock = step('reserveStock', {",
        "const addressOf = ({ input }: Order) => defined({ email: input.order.email });\n\nexport const reserveStock = step('reserveStock', {",
      ),
    ],
  },
  {
    name: 'safe-helper-with-an-object',
    truth: 'safe',
    why: 'The helper makes the same call.',
    names: [],
    changes: [
      change(
        file,
        '  const { parcels } = await call(\n    inventory.renew({ orderId: order.id, holdMs: waitMs + hold, known: order.allocations }),\n  );\n  if (parcels) order.reserved(parcels);\n',
        '  const holdMs = waitMs + hold;\n  const renewal = inventory.renew({ known: order.allocations, holdMs, orderId: order.id });\n  const answer = await call(renewal);\n  if (answer.parcels !== undefined) order.reserved(answer.parcels);\n',
      ),
    ],
  },
  {
    name: 'safe-local-variable-renamed',
    truth: 'safe',
    why: 'Names of variables are in no history.',
    names: [],
    changes: [
      change(
        file,
        "      const balance = await call(attempt);\n      order.attempted(now(), 'authorized');\n      order.authorized(balance);\n      return;\n",
        "      const sums = await call(attempt);\n      order.attempted(now(), 'authorized');\n      order.authorized(sums);\n      return;\n",
      ),
    ],
  },
  {
    name: 'safe-constant-renamed',
    truth: 'safe',
    why: 'Names of variables are in no history.',
    names: [],
    changes: [
      change(file, "const completeOrder = step('completeOrder', {", "const complete = step('completeOrder', {"),
      change(file, '  after: [completeOrder],\n', '  after: [complete],\n'),
      change(file, '  signForDelivery,\n  completeOrder,\n', '  signForDelivery,\n  complete,\n'),
    ],
  },
  {
    name: 'safe-comment',
    truth: 'safe',
    why: 'Comments are in no history.',
    names: [],
    changes: [
      change(
        file,
        'const hold = 15 * minute;',
        '// A quarter of an hour is enough for everything that needs nobody.\nconst hold = 15 * minute;',
      ),
    ],
  },
  {
    name: 'safe-view-field',
    truth: 'view only',
    why: 'A new field is only shown.',
    names: [],
    changes: [change(view, '    returns: [],\n', '    returns: [],\n    ...{ parcels: order.parcels.length },\n')],
  },
  {
    name: 'safe-view-field-changed',
    truth: 'view only',
    why: 'The address of a shipment is only shown.',
    names: [],
    changes: [
      change(
        view,
        '...defined({ email: placed.email }),',
        '...defined({ email: placed.email?.toLowerCase() }),\n    ...{ mails: placed.email !== undefined },',
      ),
    ],
  },
  {
    name: 'safe-longer-grace',
    truth: 'view only',
    why: 'The time at which a step is due is only shown.',
    names: [],
    changes: [change(view, 'const grace = 30_000;', 'const grace = 60_000;')],
  },
  {
    name: 'safe-wording-of-a-cancel',
    truth: 'view only',
    why: 'The message of a failure is only shown.',
    names: [],
    changes: [
      change(
        'workflows/temporal/standard-commands.ts',
        'message: `Cancelled by ${sender}.`',
        'message: `Cancelled: ${sender} asked for it.`',
      ),
    ],
  },
  {
    name: 'safe-wording-of-an-abandoned-order',
    truth: 'view only',
    why: 'The message of a failure is only shown.',
    names: [],
    changes: [
      change(
        'workflows/engine/run-process.ts',
        '`An operator abandoned the ${this.process.name} at ${stepId}.`',
        '`Abandoned at ${stepId} by an operator.`',
      ),
    ],
  },
  {
    name: 'safe-summary-of-a-call',
    truth: 'view only',
    why: "The summary of a call is only shown, in Temporal's Web UI.",
    names: [],
    changes: [change('workflows/engine/step-calls.ts', "? ': undo' : ''}", "? ' (undo)' : ''}")],
  },
  {
    name: 'safe-fields-of-a-call-in-another-order',
    truth: 'safe',
    why: 'The fields of an input are read by name.',
    names: [],
    changes: [
      change(
        file,
        '        shipmentId: parcel.id,\n        orderId: order.id,\n        warehouse: parcel.warehouse,\n',
        '        warehouse: parcel.warehouse,\n        orderId: order.id,\n        shipmentId: parcel.id,\n',
      ),
    ],
  },
  {
    name: 'safe-loop-instead-of-a-method',
    truth: 'safe',
    why: 'Both find the same parcels.',
    names: [],
    changes: [
      change(
        state,
        "    return this.parcels.filter((p) => p.status === 'planned' || p.status === 'booked' || p.status === 'dispatched');\n",
        "    const open: Parcel[] = [];\n    for (const parcel of this.parcels) if (['planned', 'booked', 'dispatched'].includes(parcel.status)) open.push(parcel);\n    return open;\n",
      ),
    ],
  },
  {
    name: 'safe-sum-by-a-loop',
    truth: 'safe',
    why: 'Both add up the same amounts.',
    names: [],
    changes: [
      change(
        'contracts/money.ts',
        '  return lines.reduce((sum, l) => sum + l.quantity * l.unitPrice, 0);\n}\n\nfunction adjustmentsSum',
        '  let value = 0;\n  for (const { quantity, unitPrice } of lines) value += quantity * unitPrice;\n  return value;\n}\n\nfunction adjustmentsSum',
      ),
    ],
  },
  {
    name: 'safe-stage-by-a-chain',
    truth: 'safe',
    why: 'Both give the same status.',
    names: [],
    changes: [
      change(
        state,
        "    if (!this.confirmed) return 'placed';\n    if (this.allDelivered) return 'delivered';\n    return this.anyDispatched ? 'shipping' : 'confirmed';\n",
        "    return !this.confirmed ? 'placed' : this.allDelivered ? 'delivered' : this.anyDispatched ? 'shipping' : 'confirmed';\n",
      ),
    ],
  },
  {
    name: 'safe-named-function-for-a-when',
    truth: 'safe',
    why: 'The condition is the same.',
    names: [],
    changes: [
      change(
        file,
        'when: (_order, _results, parcel) => parcel.replaces === undefined,',
        'when: (_order, _results, parcel) => isOriginal(parcel),',
      ),
      change(
        file,
        "const capturePayment = parcelStep('capturePayment', {",
        "const isOriginal = ({ replaces }: Parcel): boolean => replaces === undefined;\n\nconst capturePayment = parcelStep('capturePayment', {",
      ),
    ],
  },
  {
    name: 'safe-another-query',
    truth: 'safe',
    why: 'Queries are in no history.',
    names: [],
    changes: [
      change(
        'workflows/temporal/host.ts',
        '  onQuery<View>(process.query, () => process.view());\n',
        "  onQuery<View>(process.query, () => process.view());\n  onQuery<number>('walks', () => walks.length);\n",
      ),
    ],
  },
  {
    name: 'safe-another-command',
    truth: 'safe',
    why: 'Nobody has sent the command yet.',
    names: [],
    changes: [
      change(
        commands,
        'return { handlers: Object.values(byName), refusal };',
        "const note = onCommand(messageType('note', nothing), { check: () => {}, take: () => {} });\n  return { handlers: [...Object.values(byName), note], refusal };",
      ),
      change(
        commands,
        "import { amended } from './process.js';\n",
        "import { amended } from './process.js';\nimport { messageType } from '../engine/message.js';\nimport { nothing } from '../engine/shape.js';\n",
      ),
    ],
  },
  {
    name: 'safe-more-errors-in-a-refusal',
    truth: 'safe',
    why: 'No recorded refusal has so many errors.',
    names: [],
    changes: [change('contracts/bounds.ts', 'export const mostErrors = 20;', 'export const mostErrors = 25;')],
  },
  {
    name: 'safe-index-instead-of-a-search',
    truth: 'safe',
    why: 'Both find the same message.',
    names: [],
    changes: [
      change(
        'workflows/engine/mailbox.ts',
        '    return this.all(type, subject)[0];\n',
        '    return this.#messages.find((m) => m.type === type.name && m.subject === subject) as MessageOf<Type> | undefined;\n',
      ),
    ],
  },
  {
    name: 'safe-async-function-instead-of-a-chain',
    truth: 'safe',
    why: 'The handler does the same, in the same turn.',
    names: [],
    changes: [
      change(
        file,
        "run: ({ facts: order, call }) => call(tell(order, 'confirmed')),",
        "run: async ({ facts: order, call }) => {\n    await call(tell(order, 'confirmed'));\n  },",
      ),
    ],
  },
  {
    name: 'safe-analysis-of-the-graph',
    truth: 'view only',
    why: 'The times of a finished order are only shown.',
    names: [],
    changes: [
      change(
        'workflows/engine/graph.ts',
        'totalWorkMs: ran.reduce((sum, s) => sum + (s.finishedAt! - s.startedAt!), 0),',
        'totalWorkMs: ran.reduce((sum, s) => sum + Math.round((s.finishedAt! - s.startedAt!) / 1000) * 1000, 0),',
      ),
    ],
  },
  {
    name: 'safe-error-of-the-graph',
    truth: 'safe',
    why: 'The graph has no such error.',
    names: [],
    changes: [change('workflows/engine/graph.ts', 'Remove one of them.`', 'Leave one of them out.`')],
  },
  {
    name: 'safe-order-carries-more',
    truth: 'safe',
    why: 'Nothing reads the new field.',
    names: [],
    changes: [
      change(
        state,
        '  readonly payment: { attempts',
        '  /** How many parcels have been booked. */\n  booked = 0;\n  readonly payment: { attempts',
      ),
    ],
  },
];
