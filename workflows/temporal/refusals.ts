import { ApplicationFailure } from '@temporalio/workflow';
import { defined } from '../../contracts/defined.js';
import type { Refusal } from './protocol.js';

/** Refuses a command: throws a failure with this problem code. */
export type Refuse = (code: string, message: string, errors?: Refusal['errors']) => never;

/** @param state what every refusal tells of the process. */
export function refuseWith(state: () => Omit<Refusal, 'errors' | 'kept'>): Refuse {
  return (code, message, errors) => {
    throw ApplicationFailure.nonRetryable(message, code, { ...state(), ...defined({ errors }) });
  };
}

/** Runs `check`, and marks its refusal as kept by Temporal: see Refusal.kept. */
export function asKeptRefusal(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const refusal: Refusal = { ...(error.details![0] as Refusal), kept: true };
    throw ApplicationFailure.nonRetryable(error.message, error.type, refusal);
  }
}

export function isRefused(check: () => void): boolean {
  try {
    check();
    return false;
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    return true;
  }
}
