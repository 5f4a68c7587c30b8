import { forEachOrder, judgeMoving, type Invariant } from '../invariant.js';
import type { Answer, Run, View } from '../observation.js';
import { hasLeft, isSuccess, lastViewOf, returnsOf, type OrderFacts } from '../order-facts.js';

/** What somebody was told is done stays done. */

const commandKept: Invariant = forEachOrder({
  name: 'command-kept',
  formula: 'command answered 2xx => its key is an accepted Update in the history of a run of the order',
  needs: ['answers', 'runs'],
  verify: (order, verdict) => {
    const commands = order.answers.filter(({ kind, status }) => kind === 'command' && isSuccess(status));
    if (commands.length === 0) return;
    const runs = [...order.orderRuns, ...order.returnRuns];
    const isObserved = runs.every((run) => run.updates !== undefined);
    const ids = new Set(runs.flatMap((run) => run.updates ?? []).map(({ id }) => id.replace(/#\d+$/, '')));
    for (const { key, name } of commands) {
      // A request of a return has an Update of another id; its effect is verified. A run that settles begins by a start.
      if (key === undefined || name === 'return' || (name === 'resolve' && order.settleRuns.length > 0)) continue;
      if (ids.has(key)) verdict.holds();
      else if (!isObserved) verdict.cannotTell(order.id, 'the Updates in its histories were not observed');
      else verdict.violated(order.id, `${name} ${key} was answered 2xx, and no history has it`);
    }
  },
});

const commandTakesEffect: Invariant = forEachOrder({
  name: 'command-takes-effect',
  formula:
    'command answered 2xx => what it asked for shows in the last view: the end, the attempt, the decision, the quantities, the return',
  needs: ['answers'],
  verify: (order, verdict, context) => {
    const commands = order.answers.filter(({ kind, status }) => kind === 'command' && isSuccess(status));
    if (commands.length === 0) return;
    const view = lastViewOf(order);
    if (!view) return verdict.cannotTell(order.id, 'nobody has its view');
    for (const command of commands) {
      const missing = missingEffect(command, view, order);
      if (missing === undefined) verdict.holds();
      else judgeMoving(order.id, `${command.name} ${command.key ?? ''} was answered 2xx; ${missing}`, verdict, context);
    }
  },
});

/** What the last view lacks of a command's effect. */
function missingEffect(command: Answer, view: View, order: OrderFacts): string | undefined {
  const sent = (command.sent ?? {}) as { decision?: string; lines?: { sku: string; quantity: number }[] };
  const isStopped = view.status === 'cancelled' || view.status === 'failed';
  switch (command.name) {
    case 'cancel':
      return cancelled(view);
    case 'decision':
      return sent.decision === 'cancel' ? cancelled(view) : isStopped ? undefined : notOver('resolveShortage', view);
    case 'review':
      if (isStopped) return undefined;
      return sent.decision === 'reject' ? `it is ${view.status}` : notOver('review', view);
    case 'payment':
      return view.payment.attempts.length > 0 || isStopped ? undefined : 'it shows no attempt';
    case 'receipt':
      return isStopped || view.status === 'completed' ? undefined : notSigned(view);
    case 'amend':
      return sent.lines?.map((line) => unchanged(line, view)).find((each) => each !== undefined);
    case 'return': {
      const shown = ((command.body as View | undefined)?.returns ?? []).map(({ id }) => id);
      const known = new Set(returnsOf(order).map(({ id }) => id));
      const lost = shown.find((id) => !known.has(id));
      return lost && `the return ${lost} is gone`;
    }
    default:
      return undefined;
  }
}

/** A cancel that meets a parcel on its way ends nothing. */
function cancelled({ status, shipments }: View): string | undefined {
  return status === 'cancelled' || status === 'failed' || shipments.some(hasLeft) ? undefined : `it is ${status}`;
}

function notOver(step: string, { steps }: View): string | undefined {
  const found = steps.find(({ id }) => id === step);
  return !found || found.state === 'waiting' ? `${step} still waits` : undefined;
}

/** A receipt counts once everything is delivered. */
function notSigned({ steps, status }: View): string | undefined {
  const sign = steps.find(({ id }) => id === 'signForDelivery');
  return status === 'delivered' && sign?.state === 'waiting' ? 'signForDelivery still waits' : undefined;
}

function unchanged({ sku, quantity }: { sku: string; quantity: number }, { lines }: View): string | undefined {
  const line = lines.find((each) => each.sku === sku);
  return line && line.quantity > quantity ? `${line.quantity} of ${sku}, not ${quantity}` : undefined;
}

const newsKept: Invariant = forEachOrder({
  name: 'news-kept',
  formula:
    'webhook answered { applied: true } => its id is a Signal in a history of the order, or an operation at the payment service',
  needs: ['answers', 'runs', 'payment'],
  verify: (order, verdict, context) => {
    const applied = order.answers.filter(
      ({ kind, status, body }) =>
        kind === 'webhook' && isSuccess(status) && (body as { applied?: boolean } | undefined)?.applied === true,
    );
    if (applied.length === 0) return;
    const runs: Run[] = [...order.orderRuns, ...order.returnRuns, ...order.latePaymentRuns];
    const isObserved = runs.every((run) => run.signals !== undefined);
    const ids = new Set<string | undefined>(runs.flatMap((run) => run.signals ?? []).map(({ id }) => id));
    for (const { subject } of order.operations) ids.add(subject);
    for (const { key, name, sent } of applied) {
      if (ids.has(key)) verdict.holds();
      else if (!isObserved) verdict.cannotTell(order.id, 'the Signals in its histories were not observed');
      // It may be in the input of the run that it started.
      else if (name === 'return.received' && isReceived(order, sent)) verdict.holds();
      else judgeMoving(order.id, `${name} ${key} was answered as applied, and is nowhere`, verdict, context);
    }
  },
});

function isReceived(order: OrderFacts, sent: unknown): boolean {
  const { returnId } = (sent ?? {}) as { returnId?: string };
  return returnsOf(order).some(({ id, status }) => id === returnId && (status === 'received' || status === 'closed'));
}

const heardOnce: Invariant = forEachOrder({
  name: 'heard-once',
  formula:
    'replacement of a parcel is lost itself => a message with an id that was not there before it was booked said so, or an operator',
  needs: ['runs', 'shipping'],
  verify: (order, verdict) => {
    const runs = order.orderRuns;
    for (const { id, status } of lastViewOf(order)?.shipments ?? []) {
      const booking = order.bookings.find(({ shipmentId }) => shipmentId === id);
      if (status !== 'lost' || !isReplacement(id) || booking?.bookedAt === undefined) continue;
      const { bookedAt } = booking;
      if (runs.some(({ signals, updates }) => !signals || !updates)) {
        verdict.cannotTell(order.id, 'the Signals in its histories were not observed');
        continue;
      }
      const firstAt = new Map<string | undefined, number>();
      for (const signal of runs.flatMap(({ signals = [] }) => signals)) {
        const isOfIt = signal.shipmentId === undefined || signal.shipmentId === id;
        if (signal.name === 'shipment.lost' && isOfIt && !firstAt.has(signal.id)) firstAt.set(signal.id, signal.at);
      }
      const isTold = [...firstAt.values()].some((at) => at >= bookedAt);
      const isDecided = runs.some(({ updates }) => updates!.some(({ name }) => name === 'resolve'));
      verdict.judge(
        order.id,
        isTold || isDecided ? undefined : `${id} is lost, and nobody said so after it was booked`,
      );
    }
  },
});

/** `ORDER-WAREHOUSE-2` replaces `ORDER-WAREHOUSE`. */
function isReplacement(shipmentId: string): boolean {
  return /-\d+$/.test(shipmentId) && shipmentId.split('-').length > 2;
}

const carrierHeard: Invariant = forEachOrder({
  name: 'carrier-heard',
  formula: 'event of the simulated carrier happened, and the bound has passed => the parcel shows it',
  needs: ['shipping'],
  verify: (order, verdict, context) => {
    if (order.carrierEvents.length === 0) return;
    const view = lastViewOf(order);
    if (!view) return verdict.cannotTell(order.id, 'nobody has its view');
    for (const { shipmentId, type, at } of order.carrierEvents) {
      const parcel = view.shipments.find(({ id }) => id === shipmentId);
      const shows = parcel && (type === 'shipment.dispatched' ? hasLeft(parcel) : hasArrived(parcel.status));
      const run = order.orderRuns.at(-1);
      if (shows) verdict.holds();
      // Nobody can be told any more: an operator settles the order, or has settled it.
      else if (run && run.status !== 'running' && run.status !== 'completed') verdict.holds();
      else if (context.observation.at - at < context.boundMs) {
        verdict.cannotTell(order.id, `${type} of ${shipmentId}: under way`);
      } else judgeMoving(order.id, `${shipmentId} is ${parcel?.status ?? 'not there'} after ${type}`, verdict, context);
    }
  },
});

function hasArrived(status: string): boolean {
  return status === 'delivered' || status === 'lost' || status === 'returned';
}

export const commands = [commandKept, commandTakesEffect, newsKept, heardOnce, carrierHeard];
