import { ApplicationFailure } from '@temporalio/common';

/** The service rejects the call. The same call would be rejected again. */
export const refusal = (code: string) =>
  ApplicationFailure.create({ type: code, message: `refused: ${code}`, nonRetryable: true });

/** The service answers 500. A retry may succeed. */
export const fault = () => ApplicationFailure.create({ type: 'service_fault', message: 'answered 500' });

/** The service answers with a 4xx that its contract does not list. */
export const unexpected = (message: string) =>
  ApplicationFailure.create({ type: 'service_rejected_call', message, nonRetryable: true });

type Behave = <Answer>(input: unknown, healthy: () => Promise<Answer>) => Promise<Answer>;

export const refuses =
  (code: string): Behave =>
  () =>
    Promise.reject(refusal(code));

/** A service that can be switched off and on while the test runs. */
export class Outage {
  constructor(public down = true) {}
  /** Number of calls that failed during the outage. */
  missed = 0;

  readonly behave: Behave = (_input, healthy) => {
    if (!this.down) return healthy();
    this.missed += 1;
    return Promise.reject(fault());
  };
}

/** Makes the order book unavailable while this outage lasts. */
export const away = (book: Outage) => ({ 'orders.publish': book.behave, 'orders.awaitBook': book.behave });

/** Holds calls until the gate is opened. */
export class Gate {
  #open!: () => void;
  /** Number of calls that have reached the gate. */
  reached = 0;
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve));

  readonly behave: Behave = async (_input, healthy) => {
    this.reached += 1;
    await this.#opened;
    return healthy();
  };

  open(): void {
    this.#open();
  }
}
