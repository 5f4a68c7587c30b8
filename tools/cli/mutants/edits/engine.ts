import { change, type Edit } from '../edit.js';

const ports = 'workflows/temporal/ports.ts';
const process = 'workflows/order/process.ts';

/** The engine and its ports to Temporal. */
export const engineEdits: Edit[] = [
  {
    name: 'engine-answers-handed-on-at-once',
    truth: 'unsafe',
    why: 'A replay brings several answers together, and what they set off is interleaved.',
    names: [],
    changes: [
      change(
        'workflows/temporal/answers.ts',
        'const isAlone = !this.isMoving && this.restedAt === workflowInfo().historyLength;',
        'const isAlone = this.restedAt <= workflowInfo().historyLength;',
      ),
    ],
  },
  {
    name: 'engine-answers-in-reverse',
    truth: 'unsafe',
    why: 'Answers that came together are handed on in the other order.',
    names: [],
    changes: [change('workflows/temporal/answers.ts', 'this.waiting.shift()!();', 'this.waiting.pop()!();')],
  },
  {
    name: 'engine-answers-not-held-back',
    truth: 'unsafe',
    why: 'An answer overtakes the publication that an earlier answer has set off.',
    names: [],
    changes: [
      change(
        'workflows/temporal/answers.ts',
        'if (!this.isMoving || this.isHeldBack()) return false;',
        'if (!this.isMoving) return false;',
      ),
    ],
  },
  {
    name: 'engine-no-barrier',
    truth: 'unsafe',
    why: 'The first call of a command is an ordinary activity.',
    names: [],
    changes: [change(ports, 'if (request.queued || this.barrier.isUp) {', 'if (request.queued) {')],
  },
  {
    name: 'engine-barrier-stays-up',
    truth: 'unsafe',
    why: 'Calls after the task of a command are local activities again.',
    names: [],
    changes: [
      change(
        'workflows/temporal/command-barrier.ts',
        'return this.takenIn === this.task();',
        'return this.takenIn !== undefined && this.takenIn <= this.task();',
      ),
    ],
  },
  {
    name: 'engine-another-activity-id',
    truth: 'unsafe',
    why: 'Ordinary activities have another id.',
    names: ['bookParcel', 'shipping.book'],
    changes: [
      change(
        'workflows/engine/open-calls.ts',
        'const plain = `${this.stepId}:${operation}`;',
        'const plain = `${operation}:${this.stepId}`;',
      ),
    ],
  },
  {
    name: 'engine-another-task-queue',
    truth: 'inputs',
    why: 'Ordinary calls go to a queue that the services of today do not serve.',
    names: [],
    changes: [change('workflows/temporal/protocol.ts', '`orders-${service}`', '`orders.${service}`')],
  },
  {
    name: 'engine-waiters-in-reverse',
    truth: 'unsafe',
    why: 'News about all parcels wakes their steps in another order.',
    names: ['awaitDispatch', 'capturePayment', 'notifyShipped', 'bookParcel'],
    changes: [
      change(
        'workflows/engine/changes.ts',
        'for (const waiter of [...this.waiters]) {',
        'for (const waiter of [...this.waiters].reverse()) {',
      ),
    ],
  },
  {
    name: 'engine-timers-not-cancelled',
    truth: 'unsafe',
    why: 'The deadline of a step that has ended was cancelled.',
    names: ['signForDelivery', 'authorizePayment', 'resolveShortage', 'review'],
    changes: [change('workflows/engine/step-body.ts', '    for (const timer of this.timers) timer.cancel();\n', '')],
  },
  {
    name: 'engine-faults-not-queued',
    truth: 'unsafe',
    why: 'A call whose local attempt failed went on as an ordinary activity.',
    names: ['bookParcel', 'shipping.book'],
    changes: [
      change(
        ports,
        "    if (outcome.kind !== 'spent') return outcome;\n    const { attempts } = outcome;\n",
        "    if (outcome.kind !== 'spent' || !request.endless) return outcome;\n    const { attempts } = outcome;\n",
      ),
    ],
  },
  {
    name: 'engine-a-second-local-attempt',
    truth: 'unsafe',
    why: 'After a fault the history has an ordinary activity, and not another local one.',
    names: ['bookParcel', 'shipping.book'],
    changes: [
      change(
        ports,
        'return this.callLocally(request).then(\n',
        'return this.callLocally(request).catch(() => this.callLocally(request)).then(\n',
      ),
    ],
  },
  {
    name: 'engine-late-payments-not-waited-for',
    truth: 'unsafe',
    why: 'A run that ends while it hands a payment on waited for that.',
    names: ['processLatePayment', 'late payment'],
    changes: [change('workflows/order/workflow.ts', '    mayClose: () => latePayments.handedOn,\n', '')],
  },
  {
    name: 'engine-another-digest',
    truth: 'unsafe',
    why: 'The digest of a payment is in the ids of the activities that give it back.',
    names: ['giveBack', 'authorizePayment'],
    changes: [
      change(
        'workflows/engine/digest.ts',
        "return hash.toString(16).padStart(16, '0');",
        "return hash.toString(16).padStart(16, '0').slice(0, 12);",
      ),
    ],
  },
  {
    name: 'engine-steps-begin-in-reverse',
    truth: 'unsafe',
    why: 'Steps that become ready together begin in another order.',
    names: ['reserveStock', 'screenFraud'],
    changes: [
      change(
        'workflows/engine/walk.ts',
        'for (const step of [...this.steps.all]) {',
        'for (const step of [...this.steps.all].reverse()) {',
      ),
    ],
  },
  {
    name: 'engine-optional-steps-not-waited-for',
    truth: 'unsafe',
    why: 'A run whose last notice is still retried waited for it.',
    names: ['notifyCompleted', 'notifyEnded'],
    changes: [
      change(
        'workflows/temporal/host.ts',
        'walking.push(run.run().then(() => run.optionalStepsEnded()));',
        'walking.push(run.run().then(() => undefined));',
      ),
    ],
  },
  {
    name: 'engine-change-behind-patched',
    truth: 'safe',
    why: 'A run that began before the patch goes the old way.',
    names: [],
    changes: [
      change(
        process,
        "import { defined } from '../../contracts/defined.js';\n",
        "import { patched } from '@temporalio/workflow';\nimport { defined } from '../../contracts/defined.js';\n",
      ),
      change(
        process,
        "parcelStep('notifyShipped', {\n  ...notice,\n  after: [awaitDispatch],",
        "parcelStep('notifyShipped', {\n  ...notice,\n  after: [awaitDispatch],\n  when: () => !patched('no notice of each parcel'),",
      ),
    ],
  },
];
