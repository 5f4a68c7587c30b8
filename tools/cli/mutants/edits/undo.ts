import { change, type Edit } from '../edit.js';

const file = 'workflows/order/process.ts';
const walk = 'workflows/engine/undo-walk.ts';

/** What is undone, in which order, and where it is too late. */
export const undoEdits: Edit[] = [
  {
    name: 'undo-everything-at-once',
    truth: 'unsafe',
    why: 'A cancelled order undoes its steps one after the other, against their dependencies.',
    names: ['reserveStock', 'authorizePayment', 'confirmOrder', 'bookParcel'],
    changes: [
      change(
        walk,
        'if (this.undoing.has(step) || behind.has(step)) continue;',
        'if (this.undoing.has(step)) continue;',
      ),
    ],
  },
  {
    name: 'undo-branches-in-another-order',
    truth: 'unsafe',
    why: 'Two local calls of one type swap places: the answer for one parcel becomes that for the other.',
    names: ['bookParcel'],
    changes: [change(walk, '    for (const step of open) {\n', '    for (const step of [...open].reverse()) {\n')],
  },
  {
    name: 'undo-only-what-is-done',
    truth: 'unsafe',
    why: 'A step that failed may have had an effect, so it was undone, too.',
    names: ['authorizePayment', 'reserveStock'],
    changes: [change(walk, '        s.isBegun &&\n', "        s.state === 'done' &&\n")],
  },
  {
    name: 'undo-waits-for-the-carrier',
    truth: 'unsafe',
    why: 'News that a parcel is on its way cut the call that cancels it.',
    names: ['bookParcel'],
    changes: [
      change(
        file,
        'const cancelled = await callUnless(() => news.isOut(), cancellation);',
        'void callUnless;\n    const cancelled = await call(cancellation);',
      ),
    ],
  },
  {
    name: 'undo-too-late-not-noticed',
    truth: 'unsafe',
    why: 'A parcel that the carrier could not cancel keeps what comes before it.',
    names: ['bookParcel', 'reserveStock', 'confirmOrder', 'authorizePayment'],
    changes: [
      change(
        file,
        "    if (cancelled!.status === 'dispatched') {\n      order.leftUnannounced(parcel, now());\n      return 'gone';\n    }\n",
        '    void cancelled;\n    void now;\n',
      ),
    ],
  },
  {
    name: 'undo-each-branch-for-itself',
    truth: 'unsafe',
    why: 'Each parcel of a cancelled order releases its stock once more.',
    names: ['bookParcel'],
    changes: [change(file, '    if (onlyThisBranch) {\n', '    if (onlyThisBranch || order.parcels.length > 0) {\n')],
  },
  {
    name: 'undo-of-the-authorization-removed',
    truth: 'unsafe',
    why: 'A cancelled order voids what is authorized.',
    names: ['authorizePayment'],
    changes: [
      change(
        file,
        '  undo: async ({ facts: order, call }) => {\n    order.voided(await call(payment.void({ orderId: order.id })));\n  },\n',
        '',
      ),
    ],
  },
  {
    name: 'undo-not-told-at-the-end',
    truth: 'unsafe',
    why: 'Every order that ends early sends a notice.',
    names: ['notifyEnded'],
    changes: [change(file, 'definition, { afterEnd: [notifyEnded] });', 'definition);')],
  },
  {
    name: 'undo-past-the-pivot',
    truth: 'safe',
    why: 'What comes before a dispatched parcel is in its branch, or outside of branches: it is past a pivot for itself.',
    corrected:
      'It was unsafe: what comes before a dispatched parcel would be undone. That takes branches inside of branches, which no process has.',
    names: [],
    changes: [
      change(
        'workflows/engine/step-runs.ts',
        '      kept.add(step);\n      this.before(step, kept);\n',
        '      kept.add(step);\n',
      ),
    ],
  },
  {
    name: 'undo-rejected-call-under-the-same-key',
    truth: 'inputs',
    why: 'A rejected undo that an operator retries is asked again under its first key.',
    names: ['bookParcel', 'confirmOrder', 'authorizePayment', 'reserveStock'],
    changes: [change(walk, "      if (outcome.kind === 'rejected') step.calls.askAgain(key);\n", '      void key;\n')],
  },
  {
    name: 'undo-rejection-past-the-pivot-fails',
    truth: 'unsafe',
    why: 'A call that is rejected past the pivot waited for an operator.',
    names: ['capturePayment', 'recoverParcel', 'completeOrder'],
    changes: [
      change(
        'workflows/engine/step-body.ts',
        'const parks = failsProcess(error) && !step.isOptional && walk.steps.isAnyPivotPassed && !walk.isStopped(step);',
        'const parks = failsProcess(error) && !step.isOptional && step.definition.pivot === true && !walk.isStopped(step);',
      ),
    ],
  },
];
