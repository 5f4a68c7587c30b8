import { ApplicationFailure } from '@temporalio/workflow';
import type { Refusal } from './protocol.js';

/** Marks what `refuse` throws as refused by the handler: who asks again under the same id would be told the same (see Refusal.kept). */
export function asKeptRefusal(refuse: () => void): void {
  try {
    refuse();
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const refusal: Refusal = { ...(error.details![0] as Refusal), kept: true };
    throw ApplicationFailure.nonRetryable(error.message, error.type, refusal);
  }
}
