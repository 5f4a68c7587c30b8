import type { ReturnView } from '../../contracts/order.js';
import { mostReturnedLines, mostReturns } from '../../contracts/returns.js';
import type { ProcessRun } from '../engine/run-process.js';
import { isoNow, now } from '../temporal/clock.js';
import { onCommand } from '../temporal/commands.js';
import type { CommandHandler } from '../temporal/commands.js';
import type { Refusal } from '../temporal/protocol.js';
import { refuseWith } from '../temporal/refusals.js';
import { returnCommands } from './messages.js';
import type { ReturnCommandBodies } from './messages.js';
import type { Return, Returns } from './state.js';

/** A return and its walk through the process. */
export interface ReturnWalk {
  back: Return;
  run: ProcessRun<Return>;
}

export interface ReturnsControl {
  returns: Returns;
  walkOf: (returnId: string) => ReturnWalk | undefined;
  start: (back: Return) => void;
  /** Loads the order, and takes over what earlier runs left open. */
  load: () => Promise<void>;
  /** An operator has to approve returns that give back more than this. */
  reviewLimit: number;
}

/** The handlers of the return commands: when each command is possible, and what it does. */
export function returnCommandHandlers({ returns, walkOf, start, load, reviewLimit }: ReturnsControl): {
  handlers: CommandHandler[];
  refusal: () => Refusal;
} {
  const refusal = (): Refusal => ({
    orderStatus: returns.order?.status ?? 'completed',
    possible: returns.possible(now()),
  });
  const refuse = refuseWith(refusal);
  const find = (returnId: string): ReturnView | undefined => returns.views.find(({ id }) => id === returnId);

  function checkRequest({ returnId, lines }: ReturnCommandBodies['requestReturn']): void {
    // A repeated request with the same key: its return already exists.
    if (find(returnId)) return;
    const { status, returnableUntil: until } = returns.order!;
    if (status !== 'completed') {
      refuse('wrong_status', `Only a completed order can be returned; this one is ${status}.`);
    }
    if (until !== undefined && now() >= Date.parse(until)) {
      refuse('wrong_status', `The return window closed at ${until}.`);
    }
    if (!returns.takes(lines.length)) {
      const most = `${mostReturns} returns of ${mostReturnedLines} lines together`;
      refuse('too_many_changes', `An order can have ${most}, and this one has had them.`);
    }
    const errors = returns.excessOf(lines);
    if (errors.length > 0) refuse('return_exceeds_delivered', 'More cannot be returned than was delivered.', errors);
  }

  function request({ returnId, lines, reason }: ReturnCommandBodies['requestReturn']): void {
    if (find(returnId)) return;
    const needsReview = returns.expectedFor(lines) > reviewLimit;
    const status = needsReview ? 'requested' : 'approved';
    const requestedAt = isoNow();
    start(returns.add({ id: returnId, status, lines, reason, refunded: 0, requestedAt }));
  }

  function checkReview(returnId: string): void {
    const back = find(returnId) ?? refuse('not_found', `The order has no return ${returnId}.`);
    if (back.status !== 'requested') {
      refuse('wrong_status', `The return is ${back.status}: there is nothing to review.`);
    }
  }

  function checkRetry(returnId: string): void {
    const { back, run } = walkOf(returnId) ?? refuse('not_found', `This run has no return ${returnId}.`);
    if (!run.attention) refuse('wrong_status', `The return is ${back.status}, and nothing of it is stuck.`);
  }

  return {
    refusal,
    handlers: [
      onCommand(returnCommands.requestReturn, {
        // Nothing that returns depend on changes after the order is completed, and each load makes the history longer.
        mustLoad: () => returns.order?.status !== 'completed',
        load,
        check: ({ body }) => checkRequest(body),
        take: ({ body }) => request(body),
      }),
      onCommand(returnCommands.reviewReturn, {
        mustLoad: () => returns.order === undefined,
        load,
        check: ({ body }) => checkReview(body.returnId),
        take: ({ body }, id) => {
          const { back, run } = walkOf(body.returnId)!;
          back.decide(body.decision);
          run.deliver(returnCommands.reviewReturn, { id, content: body });
        },
      }),
      onCommand(returnCommands.retryReturn, {
        check: ({ body }) => checkRetry(body.returnId),
        take: ({ body }) => {
          const { run } = walkOf(body.returnId)!;
          run.resolve(run.attention!.id, 'retry');
        },
      }),
    ],
  };
}
