import type { OrderView } from '../../../contracts/order.js';
import { session } from '../session/key.js';
import { createStore } from '../state/store.js';
import { openStream, type StreamState } from './stream.js';

/**
 * The changes of all orders that the key may see. All pages share one stream; it is open while somebody subscribes.
 *
 *     useEffect(() => onOrderChange((views) => ...), []);
 */
export const liveState = createStore<StreamState>('connecting');

type Listener = (views: readonly OrderView[]) => void;

const listeners = new Set<Listener>();
/** Changes are handed on together: fifty a second would otherwise be fifty renderings. */
const gatherMs = 200;
let gathered = new Map<string, OrderView>();
let timer: ReturnType<typeof setTimeout> | undefined;
let close: (() => void) | undefined;

/** @param listener gets the newest state of each order that changed since the last call. @returns a function that unsubscribes. */
export function onOrderChange(listener: Listener): () => void {
  listeners.add(listener);
  close ??= open();
  return () => {
    listeners.delete(listener);
    // A page that follows at once takes the stream over.
    setTimeout(() => {
      if (listeners.size === 0) stop();
    }, 1000);
  };
}

function open(): () => void {
  return openStream<OrderView>('/v1/events', {
    onState: (state) => liveState.set(state),
    onEvent: (view) => {
      gathered.set(view.id, view);
      timer ??= setTimeout(handOn, gatherMs);
    },
  });
}

function handOn(): void {
  const views = [...gathered.values()];
  gathered = new Map();
  timer = undefined;
  for (const listener of [...listeners]) listener(views);
}

function stop(): void {
  close?.();
  close = undefined;
  clearTimeout(timer);
  timer = undefined;
  gathered = new Map();
}

// Another key sees other orders.
session.subscribe(() => {
  stop();
  if (session.get() && listeners.size > 0) close = open();
});
