import { workflowInfo } from '@temporalio/workflow';
import { endStatusOf } from '../../contracts/failures.js';
import type { OrderInput, OrderView } from '../../contracts/order.js';
import type { OrderPublication } from '../../contracts/publication.js';
import type { OrderStatus } from '../../contracts/statuses.js';
import { mayTake } from '../engine/standing.js';
import { LatePayments } from '../late-payment/hand-on.js';
import { latePaymentSignal } from '../late-payment/messages.js';
import { eventTypes, events } from '../events.js';
import { now } from '../temporal/clock.js';
import { onEvent } from '../temporal/commands.js';
import { hostProcess } from '../temporal/host.js';
import type { Host, Hosted } from '../temporal/host.js';
import { applyEvent } from './apply-event.js';
import { orderCommandHandlers } from './commands.js';
import { orderQuery } from './messages.js';
import { orderVersions } from './process.js';
import { searchAttributesOf } from './search-attributes.js';
import { Order } from './state.js';
import { stepsTable } from './steps-table.js';
import { orderView, statusOf } from './view.js';

/**
 * An order's whole life. The run completes with the last OrderView, or fails with the failure's code as its type and the view as its
 * detail.
 */
export const processOrder = hostProcess({
  versions: orderVersions,
  retryBudgetMs: (input: OrderInput) => input.stepRetryBudgetMs,
  open: openOrder,
});

function openOrder(input: OrderInput, host: Host<Order, OrderStatus>): Hosted<OrderView, OrderPublication> {
  // Of the request that placed the order. The API keeps it where it can be read without the run's input.
  const fingerprint = String(workflowInfo().memo?.fingerprint);
  const order = new Order(input);
  const run = host.walk(order, order.id);
  const latePayments = new LatePayments(order.id);

  const commands = orderCommandHandlers(order, run);
  return {
    query: orderQuery,
    view: () => orderView(run, now(), host.revision),
    publishBy: 'orders.publish',
    publication: (position, view) => ({ position, fingerprint, view }),
    details: stepsTable,
    searchAttributes: searchAttributesOf,
    commands: commands.handlers,
    refusal: commands.refusal,
    onCommand: () => (order.commands += 1),
    events: eventTypes.map((type) => onEvent(events[type], (content) => applyEvent({ type, ...content }, order, run))),
    onChange: () => {
      if (!run.stopping) order.statusBeforeStop = statusOf(run);
      const takesPayments = order.paysLater && mayTake(run, latePaymentSignal);
      // A payment that a step has given back to the mailbox may be needed again.
      if (!takesPayments && !run.mayGoOn) latePayments.giveBack(run.mailbox);
    },
    mayClose: () => latePayments.handedOn,
    failure: () => (run.stopping && endStatusOf(run.stopping.code) === 'failed' ? run.stopping : undefined),
  };
}
