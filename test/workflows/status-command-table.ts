import type { OrderStatus } from '../../contracts/statuses.js';
import type { OrderCommand } from '../../workflows/order/messages.js';

/** All commands that people can send to an order. A return goes to a run of its own. */
export type Asked = OrderCommand | 'return';

/** The result of a command: it is taken, or it is refused with this code. */
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
 * The result of each command in each status. docs/messages.md shows this table. `resolve` depends on the step it names: it is allowed for
 * a stuck step in any status. In this table it names the stuck step in `needs_attention`, and a step that is not stuck everywhere else.
 * `needs_attention` here means before the first dispatch. After the dispatch, cancel and amend are refused, as in `shipping`.
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
