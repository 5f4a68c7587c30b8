import { forEachOrder, type Invariant } from '../invariant.js';
import type { View } from '../observation.js';
import { endOf, hasLeft, lastViewOf, wasResolved, type Call, type OrderFacts } from '../order-facts.js';

/** What is taken back, when, and in which order. */

const nothingLeft: Invariant = forEachOrder({
  name: 'nothing-left',
  formula:
    'order ended => held = 0, reserved pieces = 0, and nothing can be authorized any more; sold pieces and bookings only of parcels that left',
  needs: ['inventory', 'payment', 'shipping'],
  verify: (order, verdict) => {
    const view = endOf(order);
    if (!view) return;
    if (isLeftByOperator(order, view)) {
      verdict.cannotTell(order.id, 'an operator gave up a step that may release the rest of the money');
    } else verdict.judge(order.id, leftOver(order, view));
  },
});

/** Past its pivot, an order ends without a step that an operator skips or abandons. */
function isLeftByOperator(order: OrderFacts, view: View): boolean {
  return wasResolved(order) && view.shipments.some(hasLeft) && order.authorizations.some(({ held }) => held > 0);
}

function leftOver(order: OrderFacts, view: View): string | undefined {
  const left = new Set(view.shipments.filter(hasLeft).map(({ id }) => id));
  for (const { held, id } of order.authorizations) if (held > 0) return `${view.status}: ${id} holds ${held}`;
  const open = order.payments.find(({ voided, settled }) => !voided && !settled);
  // An operator may have skipped or abandoned the step that closes it.
  if (open && order.authorizations.length > 0 && !wasResolved(order)) return `${view.status}: its payment is open`;
  for (const { sku, warehouse, quantity, restocked, state, shipmentId } of order.pieces) {
    const held = quantity - restocked;
    if (held === 0 || state === 'released' || state === 'expired') continue;
    if (state === 'reserved' || !left.has(shipmentId)) {
      return `${view.status}: ${held} of ${sku}/${warehouse} are ${state} for ${shipmentId}`;
    }
  }
  const booked = order.bookings.find(({ status, shipmentId }) => status === 'booked' && !left.has(shipmentId));
  return booked && `${view.status}: ${booked.shipmentId} is booked`;
}

/** What each undo takes back, and for what. */
const undoOf: Readonly<Record<string, string>> = {
  'inventory release': 'reservation',
  'inventory uncommit': 'sale',
  'payment void': 'hold',
  'shipping cancel': 'booking',
};

function isUndo({ service, operation, status }: Call): boolean {
  return status === 200 && `${service} ${operation}` in undoOf;
}

/** A cancellation that came too late takes nothing back. */
function takesBack(call: Call): boolean {
  return isUndo(call) && call.answer !== 'dispatched';
}

/** The parcel of a call for one parcel; empty for a call for the whole order. */
function parcelOf({ step, operation, subject }: Call): string {
  // A replacement that was given up is cancelled by the step of the lost parcel.
  if (operation === 'cancel' && subject !== undefined) return subject.replace(/#\d+$/, '');
  const colon = step.indexOf(':');
  return colon >= 0 ? step.slice(colon + 1) : (subject ?? '');
}

const undoneOnce: Invariant = forEachOrder({
  name: 'undone-once',
  formula:
    'each undo (release, uncommit, void of an order; cancel of a parcel) <= 1, without those of the run that settles',
  needs: ['calls'],
  verify: ({ id, calls }, verdict) => {
    const seen = new Map<string, string>();
    for (const call of calls) {
      if (call.step === 'settle' || !isUndo(call)) continue;
      const target = `${call.operation} ${parcelOf(call)}`.trim();
      const before = seen.get(target);
      // The same step under another key is a matter of keys.
      const isSame = before === call.step;
      seen.set(target, call.step);
      verdict.judge(id, before === undefined || isSame ? undefined : `${target} by ${before}, and by ${call.step}`);
    }
  },
});

const undoneInReverse: Invariant = forEachOrder({
  name: 'undone-in-reverse',
  formula: 'b comes after a, both done and undone => at(undo of b) <= at(undo of a)',
  needs: ['calls'],
  verify: (order, verdict) => {
    // A run that may be behind what it has done also undoes what it may not have done.
    const undos = order.calls.filter((call) => takesBack(call) && order.calls.some((one) => isUndoneBy(call, one)));
    if (undos.length < 2) return;
    const view = lastViewOf(order);
    if (!view) return verdict.cannotTell(order.id, 'nobody has its view, so its steps are not known');
    const before = stepsBefore(view);
    for (const first of undos) {
      for (const then of undos) {
        if (first === then || !isAfter(then.step, first.step, first.operation, then.operation, before)) continue;
        const wrong = isEarlier(first, then)
          ? `${first.step}: ${first.operation} came before ${then.step}: ${then.operation}`
          : undefined;
        verdict.judge(order.id, wrong);
      }
    }
  },
});

/** The run that settles has no steps: its undos go from the parcels to the reservation. */
const settling = ['cancel', 'uncommit', 'release'];

function isAfter(
  b: string,
  a: string,
  undoOfA: string,
  undoOfB: string,
  before: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  if (a === 'settle' || b === 'settle') {
    const [ofA, ofB] = [settling.indexOf(undoOfA), settling.indexOf(undoOfB)];
    return a === b && ofA >= 0 && ofB >= 0 && ofB < ofA;
  }
  return before.get(b)?.has(a) === true;
}

/** All steps that come before each step, by what the steps of the view depend on. */
function stepsBefore({ steps }: View): Map<string, Set<string>> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const known = new Map<string, Set<string>>();
  const collect = (id: string): Set<string> => {
    const done = known.get(id);
    if (done) return done;
    const all = new Set<string>();
    known.set(id, all);
    for (const before of byId.get(id)?.dependsOn ?? []) {
      all.add(before);
      for (const each of collect(before)) all.add(each);
    }
    return all;
  };
  for (const { id } of steps) collect(id);
  return known;
}

/** Whether a call was stored before another one. Not if it cannot be told. */
function isEarlier(a: Call, b: Call): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return a.seq !== undefined && b.seq !== undefined && a.seq < b.seq;
}

const doOf: Readonly<Record<string, readonly string[]>> = {
  release: ['reserve'],
  uncommit: ['commit'],
  void: ['authorize', 'record'],
  cancel: ['book'],
};

/** Whether a call took effect that an undo takes back. */
function isUndoneBy(undo: Call, call: Call): boolean {
  const isOfIt = undo.operation !== 'cancel' || parcelOf(call) === parcelOf(undo);
  return call.status === 200 && doOf[undo.operation]!.includes(call.operation) && isOfIt;
}

const notDoneAfterUndo: Invariant = forEachOrder({
  name: 'not-done-after-undo',
  formula: 'undo of a step took effect at t => no do of it takes effect after t',
  needs: ['calls'],
  verify: ({ id, calls }, verdict) => {
    for (const undo of calls) {
      if (!takesBack(undo) || (undo.operation === 'release' && parcelOf(undo) !== '')) continue;
      const late = calls.find((call) => isUndoneBy(undo, call) && isEarlier(undo, call));
      verdict.judge(id, late && `${late.step}: ${late.operation} took effect after ${undo.step}: ${undo.operation}`);
    }
  },
});

/** What has to be done before each call of a step, by the operations of the services. Any one of a list is enough. */
const comesAfter: Readonly<Record<string, readonly (readonly string[])[]>> = {
  authorize: [['reserve'], ['screen']],
  record: [['reserve'], ['screen']],
  commit: [['reserve'], ['authorize', 'record']],
  book: [['commit']],
  capture: [['book']],
  replace: [['book']],
};

const doneInOrder: Invariant = forEachOrder({
  name: 'done-in-order',
  formula: 'at(reserve), at(screen) <= at(authorize) <= at(commit) <= at(book of parcel) <= at(capture of parcel)',
  needs: ['calls'],
  verify: ({ id, calls }, verdict) => {
    const done = calls.filter(({ status }) => status === 200);
    for (const call of done) {
      for (const wanted of comesAfter[call.operation] ?? []) {
        // A parcel's booking is that of the parcel; what comes before it is the order's.
        const isMeant = (one: Call) =>
          wanted.includes(one.operation) && (!wanted.includes('book') || parcelOf(one) === parcelOf(call));
        const isThere = done.some((one) => isMeant(one) && !isEarlier(call, one));
        verdict.judge(id, isThere ? undefined : `${call.step}: ${call.operation} before any ${wanted.join(' or ')}`);
      }
    }
  },
});

/** Operations that a step makes several times, each with a subject of its own. */
const withSubject = new Set(['authorize', 'record', 'reduce', 'giveBack', 'cancel']);

const oneKey: Invariant = forEachOrder({
  name: 'one-key',
  formula:
    'keys(order, step, operation, subject) = 1, of the form order:step:operation[:subject]; another round only after a rejection',
  needs: ['calls'],
  verify: (order, verdict) => {
    const byCall = new Map<string, Call[]>();
    for (const call of order.calls) {
      const { step, operation, subject, isWellFormed, key, service } = call;
      const mayHaveSubject = subject === undefined || step === 'settle' || withSubject.has(operation);
      if (!isWellFormed || !mayHaveSubject) {
        verdict.violated(order.id, `${service} ${operation} has the key ${key}`);
        continue;
      }
      const name = `${service} ${step} ${operation} ${subject?.replace(/#\d+$/, '') ?? ''}`;
      const same = byCall.get(name);
      if (same) same.push(call);
      else byCall.set(name, [call]);
    }
    for (const same of byCall.values()) {
      const taken = same.filter(({ status }) => status === 200);
      verdict.judge(
        order.id,
        taken.length <= 1 ? undefined : `${taken.map(({ key }) => key).join(' and ')} both took effect`,
      );
    }
  },
});

export const undo = [nothingLeft, undoneOnce, undoneInReverse, notDoneAfterUndo, doneInOrder, oneKey];
