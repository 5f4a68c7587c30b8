import type { OrderStatus } from '../../contracts/statuses.js';
import type { OrderCommand } from '../../workflows/order/messages.js';

/** All that people can ask of an order; a return goes to a run of its own. */
export type Asked = OrderCommand | 'return';

/** What comes of a command: it is taken, or it is refused with this code. */
export type Verdict = 'allowed' | 'wrong_status' | 'not_cancellable' | 'order_ended';

const done = {
  cancel: 'order_ended',
  payment: 'order_ended',
  receipt: 'order_ended',
  decision: 'order_ended',
  review: 'order_ended',
  resolve: 'order_ended',
  amend: 'order_ended',
  return: 'wrong_status',
} as const satisfies Record<Asked, Verdict>;

const nothing = {
  cancel: 'wrong_status',
  payment: 'wrong_status',
  receipt: 'wrong_status',
  decision: 'wrong_status',
  review: 'wrong_status',
  resolve: 'wrong_status',
  amend: 'wrong_status',
  return: 'wrong_status',
} as const satisfies Record<Asked, Verdict>;

/**
 * Each status with what comes of each command. `resolve` goes by the step it names: it is allowed for a step that is stuck, in any status;
 * here it names the step that keeps the order in `needs_attention`, and elsewhere one that is not stuck. `needs_attention` is the one
 * before the first dispatch; after it there is no cancel and no change, as in `shipping`. docs/messages.md is drawn from this.
 */
export const statusCommandTable: Record<OrderStatus, Record<Asked, Verdict>> = {
  placed: { ...nothing, cancel: 'allowed', amend: 'allowed' },
  awaiting_customer: { ...nothing, cancel: 'allowed', decision: 'allowed', amend: 'allowed' },
  awaiting_review: { ...nothing, cancel: 'allowed', review: 'allowed', amend: 'allowed' },
  awaiting_payment: { ...nothing, cancel: 'allowed', payment: 'allowed', amend: 'allowed' },
  confirmed: { ...nothing, cancel: 'allowed' },
  shipping: { ...nothing, cancel: 'not_cancellable', receipt: 'allowed' },
  delivered: { ...nothing, cancel: 'not_cancellable', receipt: 'allowed' },
  needs_attention: { ...nothing, cancel: 'allowed', resolve: 'allowed', amend: 'allowed' },
  completed: { ...done, return: 'allowed' },
  cancelled: done,
  failed: done,
};
