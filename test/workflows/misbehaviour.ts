import { ApplicationFailure } from '@temporalio/common';

/** The service says no: asking again would be answered the same. */
export const refusal = (code: string) =>
  ApplicationFailure.create({ type: code, message: `refused: ${code}`, nonRetryable: true });

/** The service answered 500: it may answer well when it is asked again. */
export const fault = () => ApplicationFailure.create({ type: 'service_fault', message: 'answered 500' });

/** The service answered with a 4xx that its contract does not list. */
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
  /** Calls that it refused to answer. */
  missed = 0;

  readonly behave: Behave = (_input, healthy) => {
    if (!this.down) return healthy();
    this.missed += 1;
    return Promise.reject(fault());
  };
}

/** The order book, as long as this outage lasts. */
export const away = (book: Outage) => ({ 'orders.publish': book.behave, 'orders.awaitBook': book.behave });

/** Calls wait here until the gate is opened. */
export class Gate {
  #open!: () => void;
  /** Calls that have come here. */
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
