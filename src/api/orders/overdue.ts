import type { OrderView } from '../../../contracts/order.js';

/** Marks the steps that should be done by now. The run cannot: it sleeps while time passes. */
export function withOverdue(view: OrderView, now = Date.now()): OrderView {
  if (!view.steps.some(({ dueAt }) => dueAt !== undefined && Date.parse(dueAt) <= now)) return view;
  return {
    ...view,
    steps: view.steps.map((step) =>
      step.dueAt !== undefined && Date.parse(step.dueAt) <= now ? { ...step, overdue: true } : step,
    ),
  };
}
