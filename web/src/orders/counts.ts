import { useEffect, useRef } from 'react';
import type { OrderStatus } from '../../../contracts/statuses.js';
import { onOrderChange } from '../api/live.js';
import { useResource } from '../api/use-resource.js';
import { queryOf, type Filter } from './filter.js';

export interface Counts {
  byStatus: Record<OrderStatus, number>;
  stuck: number;
  overdue: number;
  /** False: every number is "at least so many". */
  exact: boolean;
}

const oftenestMs = 2000;

/** How many orders fit the filter, by status. Read again while orders change, at most every two seconds. */
export function useCounts({ status: _status, trouble: _trouble, ...rest }: Filter): Counts | undefined {
  const query = queryOf({ ...rest, status: [] }).toString();
  const { data, reload } = useResource<Counts>(`/v1/orders/counts${query && `?${query}`}`, { keep: true });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    const unsubscribe = onOrderChange(() => {
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        reload();
      }, oftenestMs);
    });
    return () => {
      unsubscribe();
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [reload]);
  return data;
}
