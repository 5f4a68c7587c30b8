import type { OrderView } from '../../../contracts/order.js';
import type { Driver } from './driver.js';

/**
 * A life of an order: what the customer, the shop, its operators, the payment provider, the carrier and the services do. `npm run
 * replay:record` plays it on a real system and keeps Temporal's record of it: its history.
 */
export interface Life {
  /** The name of the history's file, and the Idempotency-Key of its order. */
  name: string;
  /** What happens, in one sentence. */
  story: string;
  play: (order: Driver) => Promise<unknown>;
  /** Whose run is recorded: the order's own unless set. */
  run?: 'returns' | 'late-payment' | 'settle';
  /** Of several runs that continued one another, the first one is recorded. */
  isFirstRun?: true;
  /** It stops a part of the system, so no other life is played meanwhile. */
  alone?: true;
  /** The order's status when the history is recorded. `open`: the run goes on after that. */
  end: { status: OrderView['status']; failure?: string; open?: true };
}
