import {
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { endStatusOf } from '../../contracts/failures.js';
import type { OrderInput, OrderView } from '../../contracts/order.js';
import type { OrderPublication } from '../../contracts/publication.js';
import type { OrderStatus } from '../../contracts/statuses.js';
import { asKeptRefusal } from '../temporal/kept-refusal.js';
import { commandHandlers } from './commands.js';
import { applyEvent } from './apply-event.js';
import { onQuery, onSignal, onUpdate } from '../temporal/handlers.js';
import { eventTypes, events } from '../events.js';
import { orderCommands, orderQuery } from './messages.js';
import { publicationQuery, serviceTaskQueue } from '../temporal/protocol.js';
import type { CommandBodies, OrderCommand } from './messages.js';
import { Order } from './state.js';
import { LatePayments } from '../late-payment/hand-on.js';
import { orderProcess } from './process.js';
import { orderView, statusOf } from './view.js';
import type { Progress } from './view.js';
import { ProcessRun } from '../engine/run-process.js';
import { settled } from '../temporal/settled.js';
import { TemporalPorts } from '../temporal/ports.js';
import { Publisher } from '../temporal/publisher.js';
import { searchAttributesOf } from './search-attributes.js';
import { stepsTable } from './steps-table.js';

/** Every version of the process that may still be running: a run keeps the one it was placed with. */
const versions = new Map([[orderProcess.version, orderProcess]]);

/**
 * An order's whole life: walks the order process, takes commands and news at any time, keeps the order book up to date, and ends with
 * the last OrderView (Completed), or failed with the failure's code as type and the view as its detail.
 */
export async function processOrder(input: OrderInput): Promise<OrderView> {
  const definition = versions.get(input.process.version);
  if (!definition) throw new Error(`This worker does not know version ${input.process.version} of the order process.`);

  // Of the placing: the API keeps it where it can be read without the run's input.
  const fingerprint = String(workflowInfo().memo?.fingerprint);
  const order = new Order(input);
  const ports = new TemporalPorts({ taskQueue: serviceTaskQueue, retryBudgetMs: input.stepRetryBudgetMs });
  const run: ProcessRun<Order> = new ProcessRun(definition, order, ports, { key: order.id, onChange });
  const latePayments = new LatePayments(order.id);
  let statusBefore: OrderStatus = 'placed';
  let begun = false;

  const view = (): OrderView => orderView(order, progress(), Date.now(), publisher.revision);
  const publisher = new Publisher<OrderPublication>({
    snapshot: (position) => {
      const now = view();
      upsertChanged(now);
      setCurrentDetails(stepsTable(now));
      return { position, fingerprint, view: now };
    },
    activity: 'orders.publish',
    taskQueue: serviceTaskQueue('orders'),
    busy: () => ports.busy,
    turns: ports.turns,
  });

  function progress(): Progress {
    const { stopping, attention, ended } = run;
    return { steps: run.steps.all, stopping, attention, ended, pivotPassed: run.steps.anyPivotPassed, statusBefore };
  }

  function onChange(): void {
    if (!run.stopping) statusBefore = statusOf(order, progress());
    publisher.changed();
    const unusable = !order.paysLater || run.stopping || run.ended || run.steps.get('authorizePayment')?.settled;
    if (unusable) latePayments.giveBack(run.mailbox);
  }

  /**
   * A chain of short calls that a crash cut off is made again, by the same keys; but a command that came in between would now be there
   * before it. Taken at once, it could end the order without undoing calls that this history knows nothing of. So a command is taken when
   * the chain has come to rest, and all that was done is known.
   */
  const atRest = () => settled(() => begun && !ports.busy);

  const upsertChanged = searchAttributesOf(order.total, upsertSearchAttributes);

  // Handlers stand before the first await: a message that came with the start is not lost.
  onQuery<OrderView>(orderQuery, view);
  onQuery<OrderPublication>(publicationQuery, () => ({ position: publisher.position(), fingerprint, view: view() }));
  for (const type of eventTypes) onSignal(events[type], (content) => applyEvent({ type, ...content }, order, run));
  const commands = commandHandlers(order, run, progress);
  for (const name of Object.keys(orderCommands) as OrderCommand[]) {
    onUpdate<CommandBodies[OrderCommand]>(orderCommands[name], {
      refusal: commands.refusal,
      refuse: (envelope) => commands[name].refuse(envelope as never),
      take: async (envelope, id) => {
        await atRest();
        // Somebody else's command may have been taken meanwhile.
        try {
          asKeptRefusal(() => commands[name].refuse(envelope as never));
        } finally {
          order.commands += 1;
        }
        commands[name].take(envelope as never, id);
        return { fingerprint: envelope.fingerprint, revision: await publisher.flush() };
      },
    });
  }
  // A Cancel from the Web UI is an operator's cancel; where it cannot be taken any more the order goes on.
  CancellationScope.current().cancelRequested.catch(() =>
    CancellationScope.nonCancellable(async () => {
      await atRest();
      commands.cancel.takeIfPossible();
    }),
  );

  return CancellationScope.nonCancellable(async () => {
    const publishing = publisher.run();
    const walking = run.run();
    begun = true;
    const outcome = await walking;
    await run.leavesSettled();
    await condition(allHandlersFinished);
    publisher.close();
    await publishing;
    // Also what came while the last view was being stored.
    await condition(() => latePayments.handedOn && allHandlersFinished());
    const last = view();
    if (outcome.kind === 'ended' && endStatusOf(outcome.failure.code) === 'failed') {
      const { code, message } = outcome.failure;
      throw ApplicationFailure.nonRetryable(message, code, last);
    }
    return last;
  });
}
