import { isOrderId } from '../../../contracts/ids.js';
import type { OrderView } from '../../../contracts/order.js';
import { orderStatuses, type OrderStatus } from '../../../contracts/statuses.js';
import { isOverdue, isStuck, stepOf } from './rows.js';

/** Fields that a person can look for, each with the same name in the API. */
export const searchFields = ['orderId', 'reference', 'customerId', 'sku', 'shopId'] as const;
export type SearchField = (typeof searchFields)[number];

/** How far back the list goes. */
export const spans = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const;
export type Span = keyof typeof spans;

/** What the list shows, as the address has it. */
export interface Filter extends Partial<Record<SearchField, string>> {
  status: readonly OrderStatus[];
  trouble?: 'any' | 'stuck' | 'overdue';
  /** A group of the page Trouble. */
  group?: string;
  failureCode?: string;
  step?: string;
  within?: Span;
}

const pageSize = 100;

/** Reads the filter from the query of the address. What the API would not understand is left out. */
export function filterOf(query: URLSearchParams): Filter {
  const filter: Filter = {
    status: query.getAll('status').filter((word): word is OrderStatus => orderStatuses.some((each) => each === word)),
  };
  for (const name of [...searchFields, 'failureCode', 'step'] as const) {
    const value = query.get(name)?.trim();
    if (value && isName(value)) filter[name] = value;
  }
  const trouble = (['any', 'stuck', 'overdue'] as const).find((each) => each === query.get('trouble'));
  if (trouble) filter.trouble = trouble;
  const group = query.get('group');
  if (group && /^[A-Za-z0-9_-]{1,500}$/.test(group)) filter.group = group;
  const within = (Object.keys(spans) as Span[]).find((each) => each === query.get('within'));
  if (within) filter.within = within;
  return filter;
}

/** All names that an order can have: the API takes no others. */
export function isName(text: string): boolean {
  return /^[A-Za-z0-9._-]{1,64}$/.test(text);
}

/** The field that a text is most likely meant for. */
export function fieldFor(text: string, chosen: SearchField): SearchField {
  return isOrderId(text) ? 'orderId' : chosen;
}

export function isEmpty({ status, ...rest }: Filter): boolean {
  return status.length === 0 && Object.keys(rest).length === 0;
}

/** Every parameter of the address that belongs to the filter, for clearing them. */
export const filterNames = [...searchFields, 'status', 'trouble', 'group', 'failureCode', 'step', 'within'] as const;

export function queryOf({ status, within, ...rest }: Filter): URLSearchParams {
  const query = new URLSearchParams(rest);
  for (const each of status) query.append('status', each);
  if (within) query.set('placedAfter', new Date(Date.now() - spans[within]).toISOString());
  return query;
}

export function pathOf(filter: Filter, cursor: string | undefined): string {
  const query = queryOf(filter);
  query.set('limit', String(pageSize));
  if (cursor !== undefined) query.set('cursor', cursor);
  return `/v1/orders?${query}`;
}

/**
 * Whether a changed order belongs to the list.
 *
 * @param isListed whether the API has listed it: only the API knows the orders of a group, and this only sees when they leave it
 */
export function matches(filter: Filter, view: OrderView, isListed: boolean): boolean {
  if (filter.status.length > 0 && !filter.status.includes(view.status)) return false;
  if (filter.orderId !== undefined && view.id !== filter.orderId) return false;
  if (filter.customerId !== undefined && view.customerId !== filter.customerId) return false;
  if (filter.reference !== undefined && view.reference !== filter.reference) return false;
  if (filter.shopId !== undefined && view.shopId !== filter.shopId) return false;
  if (filter.sku !== undefined && !view.lines.some(({ sku }) => sku === filter.sku)) return false;
  if (filter.failureCode !== undefined && view.failure?.code !== filter.failureCode) return false;
  if (filter.step !== undefined && stepOf(view) !== filter.step) return false;
  if (filter.within !== undefined && Date.parse(view.placedAt) < Date.now() - spans[filter.within]) return false;
  if (filter.group !== undefined) return isListed && (isStuck(view) || isOverdue(view));
  if (filter.trouble === 'stuck') return isStuck(view);
  if (filter.trouble === 'overdue') return !isStuck(view) && isOverdue(view);
  if (filter.trouble === 'any') return isStuck(view) || isOverdue(view);
  return true;
}
