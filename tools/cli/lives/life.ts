import type { OrderView } from '../../../contracts/order.js';
import type { Driver } from './driver.js';

/** What a life can do to the system around its order. */
interface World {
  /** A service that can be stopped and started again. */
  outage: (service: 'shipping' | 'payment') => Outage;
}

/** Stops a service for a while. */
export interface Outage {
  begin: () => Promise<void>;
  end: () => Promise<void>;
}

/**
 * A life of an order: what the customer, the shop, its operators, the payment provider, the carrier and the services do. `npm run
 * replay:record` plays it on a real system and keeps Temporal's record of it: its history.
 */
export interface Life {
  /** The name of the history's file, and the Idempotency-Key of its order. */
  name: string;
  /** What happens, in one sentence. */
  story: string;
  play: (order: Driver, world: World) => Promise<unknown>;
  /** Whose run is recorded: the order's own unless set. */
  run?: 'returns';
  /** The status that the order must reach before its history is recorded. */
  end: { status: OrderView['status']; failure?: string };
}
