import { activityInfo } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { Fault, Rejection } from '../services/support/client.js';

/** `cancelled`: the order needs the answer no more, or the worker stops. This says nothing about the service. */
export type CallOutcome = 'answered' | 'rejected' | 'failed' | 'cancelled';

interface ObservedCall {
  /** The same for all attempts of a queued call. Undefined for a short call, which has one attempt. */
  queuedId?: string;
  /** From 1. */
  attempt: number;
}

export interface EndedCall {
  outcome: CallOutcome;
  ms: number;
  /** Temporal makes the call again after this time. Undefined where it does not. */
  retryInMs?: number;
}

/** Is told when a call goes out. @returns a function that is told how it ended. */
export type CallObserver = (call: ObservedCall) => (end: EndedCall) => void;

type Call = (input: never) => Promise<unknown>;

/** Tells the observer of each request to a service. A breaker that makes no request is not seen, so it belongs around this client. */
export function observeCalls<Client extends object>(client: Client, observer: CallObserver): Client {
  const observed = (call: Call) => async (input: never) => {
    const { isLocal, attempt, activityId, workflowExecution } = activityInfo();
    const queued = isLocal ? {} : { queuedId: `${workflowExecution?.runId}:${activityId}` };
    const ended = observer({ ...queued, attempt });
    const began = performance.now();
    const end = (outcome: CallOutcome, retry: { retryInMs?: number } = {}) =>
      ended({ outcome, ms: performance.now() - began, ...retry });
    try {
      const answer = await call(input);
      end('answered');
      return answer;
    } catch (error) {
      const outcome = outcomeOf(error);
      end(outcome, outcome === 'failed' ? retryOf(error) : {});
      throw error;
    }
  };
  const methods = Object.entries(client).map(([name, method]) => [
    name,
    name === 'close' ? (method as unknown) : observed(method as Call),
  ]);
  return Object.fromEntries(methods) as Client;
}

function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof Rejection) return 'rejected';
  // Temporal ends a short call that takes longer than a second.
  return error instanceof CancelledFailure && error.message !== 'TIMED_OUT' ? 'cancelled' : 'failed';
}

/** A retry policy with its durations in milliseconds, as the SDK gives them to an activity. */
interface BackOff {
  initialInterval?: number;
  backoffCoefficient?: number;
  maximumInterval?: number;
}

/** The pause before the next attempt, as Temporal's server calculates it. */
function retryOf(error: unknown): { retryInMs?: number } {
  const { isLocal, attempt, retryPolicy, scheduledTimestampMs, scheduleToCloseTimeoutMs } = activityInfo();
  if (isLocal || !(error instanceof Fault)) return {};
  const { initialInterval = 1000, backoffCoefficient = 2, maximumInterval = Infinity } = (retryPolicy ?? {}) as BackOff;
  const backOff = Math.min(initialInterval * backoffCoefficient ** (attempt - 1), maximumInterval);
  const retryInMs = error.retryAfterMs ?? backOff;
  const isTooLate =
    scheduleToCloseTimeoutMs > 0 && Date.now() + retryInMs > scheduledTimestampMs + scheduleToCloseTimeoutMs;
  return isTooLate ? {} : { retryInMs };
}
