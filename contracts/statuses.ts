/** The states of the public contract. A name never changes its meaning; new names can be added. */

export const orderStatuses = [
  'placed',
  'awaiting_customer',
  'awaiting_review',
  'awaiting_payment',
  'confirmed',
  'shipping',
  'delivered',
  'needs_attention',
  'completed',
  'cancelled',
  'failed',
] as const;
export type OrderStatus = (typeof orderStatuses)[number];

/** An order never leaves these statuses. */
const endStatuses = ['completed', 'cancelled', 'failed'] as const satisfies readonly OrderStatus[];
export type EndStatus = (typeof endStatuses)[number];

export function isEnded(status: OrderStatus): status is EndStatus {
  return (endStatuses as readonly OrderStatus[]).includes(status);
}

export const stepStates = ['pending', 'running', 'waiting', 'done', 'skipped', 'failed', 'undoing', 'undone'] as const;
export type StepState = (typeof stepStates)[number];

export const paymentStatuses = [
  'none',
  'pending',
  'authorized',
  'partially_captured',
  'captured',
  'partially_refunded',
  'refunded',
  'voided',
  'declined',
] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

export const shipmentStatuses = [
  'planned',
  'booked',
  'dispatched',
  'delivered',
  'lost',
  'returned',
  'cancelled',
] as const;
export type ShipmentStatus = (typeof shipmentStatuses)[number];

export const returnStatuses = ['requested', 'approved', 'rejected', 'received', 'closed'] as const;
export type ReturnStatus = (typeof returnStatuses)[number];

/** The commands of an order. `possible` in the view lists those that it takes now. */
export const commands = ['cancel', 'payment', 'receipt', 'decision', 'review', 'resolve', 'amend', 'return'] as const;
export type Command = (typeof commands)[number];
