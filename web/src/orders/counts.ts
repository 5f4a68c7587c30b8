import type { OrderStatus } from '../../../contracts/statuses.js';
import { useReloadOnChange } from '../api/use-reload-on-change.js';
import { useResource } from '../api/use-resource.js';
import { queryOf, type Filter } from './filter.js';

export interface Counts {
  byStatus: Record<OrderStatus, number>;
  stuck: number;
  overdue: number;
  /** False: every number is "at least so many". */
  exact: boolean;
}

/** How many orders fit the filter, by status. Read again while orders change, at most every two seconds. */
export function useCounts({ status: _status, trouble: _trouble, ...rest }: Filter): Counts | undefined {
  const query = queryOf({ ...rest, status: [] }).toString();
  const { data, reload } = useResource<Counts>(`/v1/orders/counts${query && `?${query}`}`, { keep: true });
  useReloadOnChange(reload);
  return data;
}
