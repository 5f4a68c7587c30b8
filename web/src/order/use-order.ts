import { useCallback, useEffect, useState } from 'react';
import type { OrderView } from '../../../contracts/order.js';
import { onOrderChange } from '../api/live.js';
import { useResource } from '../api/use-resource.js';

export interface LiveOrder {
  order: OrderView | undefined;
  /** Why there is no order, or why it may be old. */
  error: Error | undefined;
  reload: () => void;
  /** Takes the order that a command answered. */
  accept: (view: OrderView) => void;
}

/** The stream has no attempts of calls in progress, and does not say when a step becomes overdue. Reading again has both. */
const readEveryMs = 4000;

/** One order, live: its changes as they come, and now and then a read. */
export function useOrder(id: string): LiveOrder {
  const { data, error, reload } = useResource<OrderView>(`/v1/orders/${encodeURIComponent(id)}`, {
    everyMs: readEveryMs,
  });
  const [taken, setTaken] = useState<OrderView>();
  const accept = useCallback((view: OrderView) => setTaken((before) => newer(before, view)), []);
  useEffect(
    () =>
      onOrderChange((views) => {
        for (const view of views) if (view.id === id) accept(view);
      }),
    [id, accept],
  );
  return { order: data && newer(taken, data), error, reload, accept };
}

/** @param last of the two it came last, and counts where both have the same revision. */
function newer(first: OrderView | undefined, last: OrderView): OrderView {
  return first && first.id === last.id && first.revision > last.revision ? first : last;
}
