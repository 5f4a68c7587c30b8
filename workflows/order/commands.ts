import type { Command, OrderStatus } from '../../contracts/statuses.js';
import type { ProcessRun } from '../engine/run-process.js';
import { onCommand } from '../temporal/commands.js';
import type { CommandHandler } from '../temporal/commands.js';
import type { Refusal } from '../temporal/protocol.js';
import { standardCommands } from '../temporal/standard-commands.js';
import { orderCommands } from './messages.js';
import type { OrderCommand } from './messages.js';
import { amended } from './process.js';
import type { Order } from './state.js';
import { possibleCommands, statusOf } from './view.js';

export interface OrderCommandHandlers {
  handlers: CommandHandler[];
  /** What every refusal tells of the order. */
  refusal: () => Refusal;
}

/** What each command does to an order, and when it is possible. */
export function orderCommandHandlers(order: Order, run: ProcessRun<Order, OrderStatus>): OrderCommandHandlers {
  const status = () => statusOf(run);
  // See CommandHandler.changesCalls. Views do not follow each attempt of a call.
  const isPossible = (command: Command) => command !== 'amend' || !run.steps.areUnsure;
  const refusal = (): Refusal => ({ orderStatus: status(), possible: possibleCommands(run).filter(isPossible) });
  const { cancel, resolve, awaited, mustBeTaken, refuse, stopBy } = standardCommands(run, {
    refusal,
    status,
    isAtLimit: (command) => !order.takes(command as OrderCommand),
    pastPivot:
      'A parcel has been dispatched, so the order cannot be cancelled any more. Once it is delivered it can be returned.',
  });

  const decision = onCommand(orderCommands.decision, {
    check: ({ body }) => {
      mustBeTaken(orderCommands.decision);
      if (body.decision === 'accept_partial' && order.partialIsFree) {
        refuse('validation_failed', 'What is there adds up to a total below 1; cancel the order instead.', [
          { path: '/decision', message: 'must be cancel' },
        ]);
      }
    },
    take: ({ by, body }, id) => {
      if (body.decision === 'cancel') stopBy(by);
      else run.deliver(orderCommands.decision, { id, content: body });
    },
  });
  const amend = onCommand(orderCommands.amend, {
    changesCalls: true,
    check: ({ body }) => {
      mustBeTaken(orderCommands.amend);
      const errors = order.refusesAmendment(body.lines ?? []);
      if (errors.length > 0) refuse('validation_failed', 'Quantities of an order can only be lowered.', errors);
    },
    take: ({ body }, id) => {
      order.amend(body);
      run.deliver(amended, { id, content: undefined });
    },
  });

  const byName: { [Name in OrderCommand]: CommandHandler } = {
    cancel,
    payment: awaited(orderCommands.payment),
    receipt: awaited(orderCommands.receipt),
    decision,
    review: awaited(orderCommands.review),
    resolve,
    amend,
  };
  return { handlers: Object.values(byName), refusal };
}
