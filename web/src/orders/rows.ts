import type { OrderView } from '../../../contracts/order.js';
import type { OrderStatus } from '../../../contracts/statuses.js';

/** What the list keeps of an order: a whole view is a hundred times as large. */
export interface Row {
  id: string;
  status: OrderStatus;
  revision: number;
  customerId: string;
  reference?: string;
  shopId: string;
  total: number;
  currency: string;
  /** The step that the order is at. */
  step?: string;
  failureCode?: string;
  isOverdue: boolean;
  placedAt: string;
  updatedAt: string;
}

export function rowOf(view: OrderView): Row {
  const step = stepOf(view);
  return {
    id: view.id,
    status: view.status,
    revision: view.revision,
    customerId: view.customerId,
    ...(view.reference === undefined ? {} : { reference: view.reference }),
    shopId: view.shopId,
    total: view.total,
    currency: view.currency,
    ...(step === undefined ? {} : { step }),
    ...(view.failure === undefined ? {} : { failureCode: view.failure.code }),
    isOverdue: isOverdue(view),
    placedAt: view.placedAt,
    updatedAt: view.updatedAt,
  };
}

export const isStuck = ({ status }: OrderView): boolean => status === 'needs_attention';

/** The API adds `overdue` when it reads an order; an event may be older than that moment. */
export function isOverdue({ steps }: OrderView): boolean {
  return steps.some(
    ({ overdue, dueAt }) => overdue === true || (dueAt !== undefined && Date.parse(dueAt) <= Date.now()),
  );
}

/** The step that the order is at: that of a branch rather than its group, and one that others wait for rather than a notice. */
export function stepOf({ steps, failure }: OrderView): string | undefined {
  const groups = new Set(steps.map(({ group }) => group));
  const awaited = new Set(steps.flatMap(({ dependsOn }) => dependsOn));
  const begun = steps.filter(({ id, state }) => !groups.has(id) && ['running', 'waiting', 'undoing'].includes(state));
  const id = failure?.step ?? (begun.find((step) => awaited.has(step.id)) ?? begun[0])?.id;
  return id?.split(':')[0];
}

/** Newest first, as the API lists them; the id decides between orders of the same millisecond. */
export function isBefore(a: Row, b: Row): boolean {
  return a.placedAt === b.placedAt ? a.id > b.id : a.placedAt > b.placedAt;
}
