import type { Command, OrderStatus } from '../../contracts/statuses.js';
import type { MessageType } from '../engine/message.js';
import type { ProcessRun } from '../engine/run-process.js';
import { onCommand } from '../temporal/commands.js';
import type { CommandHandler } from '../temporal/commands.js';
import type { Refusal } from '../temporal/protocol.js';
import { standardCommands } from '../temporal/standard-commands.js';
import { orderCommands } from './messages.js';
import type { OrderCommand } from './messages.js';
import { amended } from './process.js';
import type { Order } from './state.js';
import { allowedCommands, possibleCommands, statusOf } from './view.js';

export interface OrderCommandHandlers {
  handlers: CommandHandler[];
  /** What every refusal tells of the order. */
  refusal: () => Refusal;
}

/** What each command does to an order, and when it is possible. */
export function orderCommandHandlers(order: Order, run: ProcessRun<Order, OrderStatus>): OrderCommandHandlers {
  const status = () => statusOf(run);
  const possible = () => possibleCommands(run);
  const refusal = (): Refusal => ({ orderStatus: status(), possible: possible() });
  const { cancel, resolve, refuse, refuseEnded, stopBy } = standardCommands(run, {
    refusal,
    status,
    pastPivot:
      'A parcel has been dispatched, so the order cannot be cancelled any more. Once it is delivered it can be returned.',
  });

  function mustBePossible(command: Command): void {
    if (possible().includes(command)) return;
    if (allowedCommands(run).includes(command)) {
      refuse('too_many_changes', `The order has had so many changes that it takes no more of this kind: ${command}.`);
    }
    if (run.isEnded) refuseEnded();
    refuse('wrong_status', `The order is ${status()}: ${command} cannot be taken now.`);
  }

  /** A command that a step waits for. */
  const message = (type: MessageType<'payment' | 'receipt' | 'review'>): CommandHandler =>
    onCommand(type, {
      check: () => mustBePossible(type.name),
      take: ({ body }, id) => void run.deliver(type, { id, content: body }),
    });

  const decision = onCommand(orderCommands.decision, {
    check: ({ body }) => {
      mustBePossible('decision');
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
    check: ({ body }) => {
      mustBePossible('amend');
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
    payment: message(orderCommands.payment),
    receipt: message(orderCommands.receipt),
    decision,
    review: message(orderCommands.review),
    resolve,
    amend,
  };
  return { handlers: Object.values(byName), refusal };
}
