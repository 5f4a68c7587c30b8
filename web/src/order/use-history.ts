import { useEffect, useRef } from 'react';
import type { OrderView } from '../../../contracts/order.js';
import { useResource, type Resource } from '../api/use-resource.js';
import type { StoryEvent } from './story.js';

/** The answer of `GET /v1/orders/{id}/history`. */
export interface History {
  temporalUi: string;
  events: StoryEvent[];
}

/** A run that moves money many times is read once it pauses. */
const pauseMs = 1000;

/** The history of the order's run. It is read again when money moved, a step was undone or the order ended: what the page takes from it. */
export function useHistory(order: OrderView): Resource<History> {
  const resource = useResource<History>(`/v1/orders/${encodeURIComponent(order.id)}/history`);
  const { reload } = resource;
  const { authorized, captured, refunded } = order.payment;
  const undone = order.steps.filter(({ state }) => state === 'undone').length;
  const state = [authorized, captured, refunded, undone, order.status].join();
  const read = useRef(state);
  useEffect(() => {
    if (read.current === state) return;
    const timer = setTimeout(() => {
      read.current = state;
      reload();
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [state, reload]);
  return resource;
}
