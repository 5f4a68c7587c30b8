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
import { isoNow } from '../temporal/clock.js';
import { onQuery, onSignal } from '../temporal/handlers.js';
import { latePaymentSignal } from './messages.js';
import { publicationQuery, serviceTaskQueue } from '../temporal/protocol.js';
import type { LatePaymentInput } from './messages.js';
import type { News } from '../events.js';

type GiveBack = { 'payment.giveBack': (input: Parameters<PaymentActivities['giveBack']>[0]) => Promise<Answered> };
/** The answer of an ordinary activity: see activities/service-call.ts. */
interface Answered {
  answer: Awaited<ReturnType<PaymentActivities['giveBack']>>;
}
type Publish = { 'orders.publishLatePayments': OrdersActivities['publishLatePayments'] };

const startToCloseTimeout = '10s';
/** Without end. */
const retry = { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '1m' } as const;
const shortestPauseMs = 60_000;
const longestPauseMs = 60 * 60_000;
/** After this many payments the run continues as new if more are waiting, so that its history stays small. */
const mostInOneRun = 100;

/**
 * Gives back money that an order cannot use: the order was already paid for, was being undone, or had ended. This is a run of its own, so
 * it never holds up the order, and it also works after the order has ended. It ends when all the money is given back.
 *
 * @returns what it gave back. The order book shows this among the attempts of the payment.
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
        const done: LatePayment = { id, at: isoNow(), outcome: 'returned' };
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

/** Publishes the new payment alone. The book keeps the others; to send all of them each time would make the history grow quadratically. */
async function publish(orderId: string, payment: LatePayment): Promise<void> {
  const book = proxyActivities<Publish>({
    startToCloseTimeout,
    retry,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    taskQueue: serviceTaskQueue('orders'),
    activityId: `publish:${payment.id}`,
    summary: 'publish',
  });
  await book['orders.publishLatePayments']({ orderId, payments: [payment] });
}

/** @returns false if the payment belongs to the order: it was recorded as the order's own, and is captured or released with it. */
async function giveBack(orderId: string, id: string, { id: providerRef, data }: News): Promise<boolean> {
  const { amount = 0, currency = '' } = data;
  // There is nothing to give back, and nothing that the service could record.
  if (amount === 0) return true;
  const service = proxyActivities<GiveBack>({
    startToCloseTimeout,
    retry,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
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
      // The service rejected the call, and somebody has to repair the cause. The money stays due.
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
