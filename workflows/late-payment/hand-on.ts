import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, getExternalWorkflowHandle, sleep, startChild } from '@temporalio/workflow';
import { latePaymentSignal, latePaymentWorkflowId, latePaymentWorkflowType } from './messages.js';
import type { LatePaymentInput } from './messages.js';
import type { News } from '../events.js';
import type { ReadMailbox } from '../engine/step-context.js';

/** Hands payments that an order cannot use to a separate run that gives them back: see workflow.ts. */
export class LatePayments {
  #pending = 0;

  constructor(private readonly orderId: string) {}

  /** Whether the other run has every payment that was taken from the mailbox. */
  get handedOn(): boolean {
    return this.#pending === 0;
  }

  /** Takes all payments out of the mailbox. */
  giveBack(mailbox: ReadMailbox): void {
    for (let m = mailbox.take(latePaymentSignal); m; m = mailbox.take(latePaymentSignal)) {
      const { content } = m;
      this.#pending += 1;
      void CancellationScope.nonCancellable(() => this.#handOn(content)).finally(() => (this.#pending -= 1));
    }
  }

  /** Starts the other run, or signals it if it is open. It can start or close at any moment, so both are tried until one succeeds. */
  async #handOn(news: News): Promise<void> {
    const workflowId = latePaymentWorkflowId(this.orderId);
    for (;;) {
      try {
        await startChild<(input: LatePaymentInput) => Promise<unknown>>(latePaymentWorkflowType, {
          workflowId,
          args: [{ orderId: this.orderId, payments: [news] }],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          parentClosePolicy: 'ABANDON',
          cancellationType: 'ABANDON',
          staticSummary: `late payments of ${this.orderId}`,
        });
        return;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      try {
        await getExternalWorkflowHandle(workflowId).signal<[News]>(latePaymentSignal.name, news);
        return;
      } catch {
        // The other run closed in the meantime.
        await sleep('1s', { summary: 'hand a late payment on again' });
      }
    }
  }
}
