import type { FailureCode } from '../../contracts/failures.js';
import type { Decision } from './step-context.js';

/** The errors that a step's body ends with. */

/** Thrown by a call that the service rejects. Catch it to go on; let it through to fail the process. */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Thrown by a step's body to fail the process: what was begun is undone. A deadline with a `late` code throws it too. */
export class FailProcess extends Error {
  override readonly name = 'FailProcess';
  constructor(
    readonly code: FailureCode,
    message: string,
  ) {
    super(message);
  }
}

/** Thrown by a step's body to end the process here: what was done stays done, and the remaining steps are skipped. */
export class EndProcess extends Error {
  override readonly name = 'EndProcess';
  constructor(
    readonly code: FailureCode,
    message: string,
  ) {
    super(message);
  }
}

/** Ends a step's body from outside: the process was stopped, or an operator decided. */
export class BodyEnded extends Error {
  constructor(readonly reason: 'stopped' | Decision) {
    super(`The step was ended: ${reason}.`);
  }
}

export function failsProcess(error: unknown): error is Rejection | FailProcess {
  return error instanceof Rejection || error instanceof FailProcess;
}
