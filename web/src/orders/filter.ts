import type { OrderView } from '../../../contracts/order.js';
import { orderStatuses, type OrderStatus } from '../../../contracts/statuses.js';

/** What the list shows, as the address has it. */
export interface Filter {
  status: readonly OrderStatus[];
}

const pageSize = 100;

/** Reads the filter from the query of the address. What is no status is left out. */
export function filterOf(query: URLSearchParams): Filter {
  const status = query
    .getAll('status')
    .filter((word): word is OrderStatus => orderStatuses.some((each) => each === word));
  return { status };
}

export function isEmpty(filter: Filter): boolean {
  return filter.status.length === 0;
}

export function pathOf(filter: Filter, cursor: string | undefined): string {
  const query = new URLSearchParams({ limit: String(pageSize) });
  for (const status of filter.status) query.append('status', status);
  if (cursor !== undefined) query.set('cursor', cursor);
  return `/v1/orders?${query}`;
}

/** Whether a changed order belongs to the list. */
export function matches(filter: Filter, view: OrderView): boolean {
  return filter.status.length === 0 || filter.status.includes(view.status);
}
