import type { OrderView, ReturnView } from '../../contracts/order.js';
import type { PaymentStatus } from '../../contracts/statuses.js';

/** What the book holds of an order: the newest word of its run, and the newest word of its returns run. */
export interface StoredOrder {
  view: OrderView;
  returns: ReturnView[];
  /** When the returns were written, ms since the epoch; null while there are none. */
  returnsAt: number | null;
  revision: number;
}

/**
 * The one OrderView of an order and its returns. The order's run knows of refunds for parcels that were lost or came back, the
 * returns run of refunds for returns: what the customer got back is their sum.
 */
export function compose({ view, returns, returnsAt, revision }: StoredOrder, now = Date.now()): OrderView {
  if (returnsAt === null) return { ...view, revision, possible: possibleNow(view, view.returns, now) };
  const refunded = returns.reduce((sum, each) => sum + each.refunded, view.payment.refunded);
  const all = [...view.returns, ...returns];
  return {
    ...view,
    revision,
    payment: { ...view.payment, status: statusWith(view, refunded), refunded },
    returns: all,
    possible: possibleNow(view, all, now),
    updatedAt: later(view.updatedAt, returnsAt),
  };
}

function statusWith({ payment }: OrderView, refunded: number): PaymentStatus {
  if (payment.captured === 0 || refunded === 0) return payment.status;
  return refunded < payment.captured ? 'partially_refunded' : 'refunded';
}

/**
 * `return` is possible while something that was delivered is not asked back, and until the return window closes: nobody writes
 * a view then, so the reader's clock decides.
 */
function possibleNow(view: OrderView, returns: ReturnView[], now: number): OrderView['possible'] {
  const isOpen = view.returnableUntil === undefined || Date.parse(view.returnableUntil) > now;
  if (isOpen && (returns.length === 0 || canReturnMore(view, returns))) return view.possible;
  return view.possible.filter((command) => command !== 'return');
}

/** Whether a piece was delivered that no return asks for; a rejected return asks for nothing. */
function canReturnMore(view: OrderView, returns: ReturnView[]): boolean {
  const left = new Map<string, number>();
  const count = (lines: ReturnView['lines'], sign: 1 | -1) => {
    for (const { sku, quantity } of lines) left.set(sku, (left.get(sku) ?? 0) + sign * quantity);
  };
  for (const shipment of view.shipments) if (shipment.status === 'delivered') count(shipment.lines, 1);
  for (const each of returns) if (each.status !== 'rejected') count(each.lines, -1);
  return [...left.values()].some((quantity) => quantity > 0);
}

function later(time: string, ms: number | null): string {
  return ms !== null && ms > Date.parse(time) ? new Date(ms).toISOString() : time;
}
