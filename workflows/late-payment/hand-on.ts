import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, getExternalWorkflowHandle, sleep, startChild } from '@temporalio/workflow';
import { latePaymentSignal, latePaymentWorkflowId, latePaymentWorkflowType } from './messages.js';
import type { LatePaymentInput } from './messages.js';
import type { News } from '../events.js';
import type { ReadMailbox } from '../engine/step-context.js';

/** Hands money that an order cannot use to the run that gives it back, so that it is in nobody's way: see process-late-payment.ts. */
export class LatePayments {
  #pending = 0;

  constructor(private readonly orderId: string) {}

  /** Everything that was taken from the mailbox is with the other run. */
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

  /** The other run may begin or close at any moment: it is started where it is not there, else it is told. */
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
        // It closed in between.
        await sleep(1000, { summary: 'hand a late payment on again' });
      }
    }
  }
}
