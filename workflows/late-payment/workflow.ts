import {
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  proxyActivities,
  setCurrentDetails,
  sleep,
} from '@temporalio/workflow';
import type { OrdersActivities } from '../../activities/orders.js';
import type { PaymentActivities } from '../../activities/payment.js';
import type { LatePayment, LatePaymentsPublication } from '../../contracts/publication.js';
import { digestOf } from '../engine/digest.js';
import { onQuery, onSignal } from '../temporal/handlers.js';
import { latePaymentSignal } from './messages.js';
import { publicationQuery, serviceTaskQueue } from '../temporal/protocol.js';
import type { LatePaymentInput } from './messages.js';
import type { News } from '../events.js';

type GiveBack = { 'payment.giveBack': (input: Parameters<PaymentActivities['giveBack']>[0]) => Promise<Answered> };
/** What an ordinary activity answers; see activities/service-call.ts. */
interface Answered {
  answer: Awaited<ReturnType<PaymentActivities['giveBack']>>;
}
type Publish = { 'orders.publishLatePayments': OrdersActivities['publishLatePayments'] };

const withoutEnd = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '1m' },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} as const;
const shortestPauseMs = 60_000;
const longestPauseMs = 60 * 60_000;
/** Keeps a history small while payments come faster than they are given back. */
const mostInOneRun = 100;

/**
 * Gives money back that came for an order when the order could not use it: it was paid for already, was being undone, or had ended. Apart
 * from the order's run, so that it holds up no order, and an order that is over can get it too. Ends when all of it is back.
 *
 * @returns what it gave back; the order book shows it among the attempts of the payment.
 */
export async function processLatePayment(input: LatePaymentInput): Promise<LatePayment[]> {
  const { orderId } = input;
  const waiting: News[] = [...input.payments];
  const returned: LatePayment[] = [...(input.returned ?? [])];
  onQuery<LatePaymentsPublication>(publicationQuery, () => ({ orderId, payments: returned }));
  onSignal(latePaymentSignal, (payment) => void waiting.push(payment));

  // A Cancel from the Web UI changes nothing: the money stays due.
  return CancellationScope.nonCancellable(async () => {
    let handled = 0;
    for (let payment = waiting.shift(); payment; payment = waiting.shift()) {
      const id = digestOf(payment.id);
      if (!returned.some((each) => each.id === id) && (await giveBack(orderId, id, payment))) {
        const done: LatePayment = { id, at: new Date().toISOString(), outcome: 'returned' };
        returned.push(done);
        await publish(orderId, done);
        log.info('Money that came late was given back.', { orderId, payment: id });
      }
      handled += 1;
      if (handled >= mostInOneRun && waiting.length > 0) {
        await continueAsNew<typeof processLatePayment>({ orderId, payments: waiting, returned });
      }
    }
    await condition(allHandlersFinished);
    return returned;
  });
}

/** The new one alone: the book keeps the others, and a history would grow with their square. */
async function publish(orderId: string, payment: LatePayment): Promise<void> {
  const book = proxyActivities<Publish>({
    ...withoutEnd,
    taskQueue: serviceTaskQueue('orders'),
    activityId: `publish:${payment.id}`,
    summary: 'publish',
  });
  await book['orders.publishLatePayments']({ orderId, payments: [payment] });
}

/** @returns false where the payment is the order's own: it was recorded for it, and is taken or let go with it. */
async function giveBack(orderId: string, id: string, { id: providerRef, data }: News): Promise<boolean> {
  const { amount = 0, currency = '' } = data;
  // Nothing to give back, and nothing that a service could record.
  if (amount === 0) return true;
  const service = proxyActivities<GiveBack>({
    ...withoutEnd,
    taskQueue: serviceTaskQueue('payment'),
    activityId: `giveBack:${id}`,
    summary: 'give back',
  });
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      const { answer } = await service['payment.giveBack']({
        key: `${orderId}:latePayment:giveBack:${id}`,
        orderId,
        amount,
        currency,
        providerRef,
      });
      setCurrentDetails('');
      return !answer.isOwn;
    } catch (error) {
      // Rejected: by a service that has to be mended. The money stays due.
      setCurrentDetails(
        `The payment ${id} cannot be given back: ${reasonOf(error)}. It is tried again, at the latest in an hour.`,
      );
      await sleep(pauseMs, { summary: 'give back again' });
    }
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
