import type { WorkflowExecutionDescription } from '@temporalio/client';
import { serviceTrouble } from '../../../contracts/failures.js';
import type { OrderView, StepView } from '../../../contracts/order.js';

export type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/**
 * A run cannot see the attempts of an activity that is still being retried; Temporal can. Adds them, and that the last one failed, to
 * the step that the activity id names: `<step id>:<operation>`, where the step id may hold colons of its own.
 */
export function withPendingAttempts(view: OrderView, pending: readonly PendingActivity[]): OrderView {
  if (pending.length === 0) return view;
  const byStep = new Map(pending.map((activity) => [stepOf(activity.activityId ?? ''), activity]));
  return { ...view, steps: view.steps.map((step) => withAttempts(step, byStep.get(step.id))) };
}

/** `bookParcel:ord_1-east:book` is the operation `book` of the step `bookParcel:ord_1-east`. */
export function stepOf(activityId: string): string {
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
    // What is being retried is a fault, whatever the activity called it.
    ...(lastFailure ? { failure: serviceTrouble('service_unavailable', service) } : {}),
  };
}
