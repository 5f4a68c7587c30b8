import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { Fault } from '../services/support/client.js';
import { serviceFault } from './service-call.js';

/** A local attempt that gets no answer holds a workflow task for a second, so few may find that out. */
const faultsInARow = 3;
/** After this time, one local attempt tests the service. */
const pauseMs = 5_000;
/** As long as a local attempt may take. */
const shortMs = 1_000;

type Call = (input: never) => Promise<unknown>;

/**
 * Puts a circuit breaker between the local attempts of activities and one service. After three faults in a row, local attempts fail at
 * once, without a request. The run then makes its call as an ordinary activity, on the queue of the service, and holds no workflow task.
 * Every five seconds one local attempt tests the service; its answer closes the breaker. Ordinary activities always reach the service, and
 * a quick answer of one closes the breaker too: after an outage, nobody waits for the next test.
 *
 * @param changed is called when the breaker opens, and when it closes again.
 * @param localOnly methods for which runs have no ordinary activity. They always reach the service.
 */
export function breakLocalAttempts<Client extends object>(
  service: string,
  client: Client,
  changed: (isOpen: boolean) => void,
  localOnly: readonly (keyof Client)[] = [],
): Client {
  const breaker = circuitBreaker(handleWhen(saysServiceIsDown), {
    breaker: new ConsecutiveBreaker(faultsInARow),
    halfOpenAfter: pauseMs,
  });
  let isOpen = false;
  const tell = (now: boolean) => {
    if (now !== isOpen) changed((isOpen = now));
  };
  breaker.onBreak(() => tell(true));
  breaker.onReset(() => tell(false));

  const guarded = (call: Call) => async (input: never) => {
    if (!activityInfo().isLocal) {
      const began = Date.now();
      const answer = await call(input);
      // To end an isolation closes the breaker; the library has no other way.
      if (breaker.state === CircuitState.Open && Date.now() - began < shortMs) breaker.isolate().dispose();
      return answer;
    }
    // The library lets all others wait for the test. Here they would hold their workflow tasks meanwhile.
    if (breaker.state === CircuitState.HalfOpen) throw notCalled(service);
    try {
      return await breaker.execute(() => call(input));
    } catch (error) {
      throw error instanceof BrokenCircuitError ? notCalled(service) : error;
    }
  };
  const direct = new Set<unknown>(['close', ...localOnly]);
  const methods = Object.entries(client).map(([name, method]) => [
    name,
    direct.has(name) ? (method as unknown) : guarded(method as Call),
  ]);
  return Object.fromEntries(methods) as Client;
}

/** No answer, or an error of the service itself. A service that asks for a pause answers quickly, and the run keeps that pause. */
function saysServiceIsDown(error: Error): boolean {
  if (error instanceof Fault) {
    return (error.status === undefined || error.status >= 500) && error.retryAfterMs === undefined;
  }
  // Temporal's reason when it ends a local attempt that takes too long.
  return error instanceof CancelledFailure && error.message === 'TIMED_OUT';
}

/** Attempt 0: no request was made. A benign failure is not logged. */
function notCalled(service: string): ApplicationFailure {
  return ApplicationFailure.create({
    message: `${service}: no short call is made, because the last ones failed`,
    type: serviceFault,
    category: 'BENIGN',
    details: [{ attempt: 0 }],
  });
}
