import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defined } from '../../../contracts/defined.js';
import { serviceTrouble } from '../../../contracts/failures.js';
import type { OrderView, StepView } from '../../../contracts/order.js';

export type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/**
 * Adds the attempts of activities that are being retried, and their last failure. Only Temporal knows these, not the run. An activity id
 * is `<step id>:<operation>`; the step id may contain colons.
 */
export function withPendingAttempts(view: OrderView, pending: readonly PendingActivity[]): OrderView {
  if (pending.length === 0) return view;
  const byStep = new Map(pending.map((activity) => [stepOfActivity(activity.activityId ?? ''), activity]));
  return { ...view, steps: view.steps.map((step) => withAttempts(step, byStep.get(step.id))) };
}

/** `bookParcel:ord_1-east:book` is the operation `book` of the step `bookParcel:ord_1-east`. */
export function stepOfActivity(activityId: string): string {
  return activityId.slice(0, Math.max(activityId.lastIndexOf(':'), 0));
}

function withAttempts(step: StepView, activity: PendingActivity | undefined): StepView {
  if (!activity) return step;
  const { attempt, lastFailure, activityType } = activity;
  // `payment.authorize` is an operation of the payment service.
  const [service = ''] = (activityType?.name ?? '').split('.');
  return {
    ...step,
    attempts: step.attempts + (attempt ?? 0),
    // A failure that is retried is a fault, whatever its type.
    ...defined({ failure: lastFailure ? serviceTrouble('service_unavailable', service) : undefined }),
  };
}

/**
 * Whether the run shows more than it has published. A run that could not publish waits for the book with this activity, which ends when the
 * book has what the run shows.
 */
export function hasUnpublished({ raw }: WorkflowExecutionDescription): boolean {
  return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'orders.awaitBook') ?? false;
}
