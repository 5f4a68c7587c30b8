import { ApplicationFailure } from '@temporalio/workflow';
import type { Command } from '../../contracts/statuses.js';
import { orderCommands } from './messages.js';
import type { CommandBodies, OrderCommand } from './messages.js';
import { amended } from './process.js';
import type { CommandEnvelope, Refusal, Sender } from '../temporal/protocol.js';
import type { Order } from './state.js';
import { allowedCommands, possibleCommands, statusOf } from './view.js';
import type { Progress } from './view.js';
import type { ProcessRun } from '../engine/run-process.js';

interface Handler<Name extends OrderCommand> {
  /** The Update's validator: throws when the command cannot be taken now. Changes nothing. */
  refuse(envelope: CommandEnvelope<CommandBodies[Name]>): void;
  /** Takes the command at once; what it sets off runs on behind it. */
  take(envelope: CommandEnvelope<CommandBodies[Name]>, id: string): void;
}

type Handlers = { [Name in OrderCommand]: Handler<Name> } & {
  cancel: { takeIfPossible(): void };
  /** What a refusal of any command tells of the order. */
  refusal: () => Refusal;
};

/** What each command does to a run, and when it may. */
export function commandHandlers(order: Order, run: ProcessRun<Order>, progress: () => Progress): Handlers {
  const status = () => statusOf(order, progress());
  const possible = () => possibleCommands(order, status(), progress());
  const refusal = (): Refusal => ({ orderStatus: status(), possible: possible() });

  function refuse(code: string, message: string, errors?: Refusal['errors']): never {
    throw ApplicationFailure.nonRetryable(message, code, { ...refusal(), ...(errors ? { errors } : {}) });
  }

  function mustBePossible(command: Command): void {
    if (possible().includes(command)) return;
    if (allowedCommands(order, status(), progress()).includes(command)) {
      refuse('too_many_changes', `The order has had so many changes that it takes no more of this kind: ${command}.`);
    }
    if (run.ended) refuse('order_ended', `The order has ended: it is ${status()}.`);
    if (command === 'cancel') {
      refuse(
        'not_cancellable',
        run.steps.all.some((s) => s.onlyAbandon)
          ? 'Another run of this order has undone it: an operator can abandon it.'
          : run.stopping
            ? 'The order is being undone already.'
            : 'A parcel has been dispatched, so the order cannot be cancelled any more. Once it is delivered it can be returned.',
      );
    }
    refuse('wrong_status', `The order is ${status()}: ${command} cannot be taken now.`);
  }

  /** The step the order stands at, for the record of who ended it where. */
  const at = () => run.steps.all.find((s) => s.active && !s.optional && !s.definition.fanOut)?.id ?? 'reserveStock';

  function stopBy(by: Sender): void {
    const code = by.role === 'operator' ? 'cancelled_by_operator' : 'cancelled_by_customer';
    run.stop({
      code,
      message: `Cancelled by ${by.role === 'operator' ? 'an operator' : 'the shop or its customer'}.`,
      step: at(),
    });
  }

  const message = (kind: OrderCommand): Handler<OrderCommand> => ({
    refuse: () => mustBePossible(kind),
    take: ({ body }, id) => void run.deliver(orderCommands[kind], { id, content: body }),
  });

  return {
    refusal,
    cancel: {
      refuse: () => mustBePossible('cancel'),
      take: ({ by }) => stopBy(by),
      takeIfPossible: () => {
        if (possible().includes('cancel')) stopBy({ role: 'operator' });
      },
    },
    payment: message('payment'),
    receipt: message('receipt'),
    review: message('review'),
    decision: {
      refuse: ({ body }) => {
        mustBePossible('decision');
        if (body.decision === 'accept_partial' && order.partialIsFree) {
          refuse('validation_failed', 'What is there adds up to a total below 1; cancel the order instead.', [
            { path: '/decision', message: 'must be cancel' },
          ]);
        }
      },
      take: (envelope, id) => {
        if (envelope.body.decision === 'cancel') stopBy(envelope.by);
        else run.deliver(orderCommands.decision, { id, content: envelope.body });
      },
    },
    resolve: {
      refuse: ({ body }) => {
        if (run.ended) mustBePossible('resolve');
        const code = run.refusesResolution(body.step, body.action);
        if (code === 'unknown_step') {
          refuse(code, `There is no step "${body.step}". The order's steps are in its view.`, [
            { path: '/step', message: `must be one of ${run.steps.all.map((s) => s.id).join(', ')}` },
          ]);
        }
        if (code === 'only_abandon') {
          refuse(
            'wrong_status',
            `Another run of this order has undone what ${body.step} needs, so there is nothing to ${body.action}: abandon it.`,
          );
        }
        if (code === 'not_skippable') refuse(code, `The step ${body.step} must not be skipped: retry or abandon it.`);
        if (code && run.ended) refuse('order_ended', `The order has ended, and the step ${body.step} is not stuck.`);
        if (code && run.steps.get(body.step)!.waitsInVain) {
          refuse(code, `The step ${body.step} waits for news: there is nothing to retry. Skip or abandon it.`);
        }
        if (code) refuse(code, `The step ${body.step} is not stuck: there is nothing to ${body.action}.`);
      },
      take: ({ body }) => run.resolve(body.step, body.action),
    },
    amend: {
      refuse: ({ body }) => {
        mustBePossible('amend');
        const errors = order.refusesAmendment(body.lines ?? []);
        if (errors.length > 0) refuse('validation_failed', 'Quantities of an order can only be lowered.', errors);
      },
      take: ({ body }, id) => {
        order.amend(body);
        run.deliver(amended, { id, content: undefined });
      },
    },
  };
}
