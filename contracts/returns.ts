import type { LineQuantity, Money, OrderView, ReturnView, Time } from './order.js';
import type { OrderStatus, PaymentStatus } from './statuses.js';

/** What of an order and of its returns hangs together: written once, for the run of the returns, the order book and the API. */

/** Of one order, rejected ones included: each costs its run events, and the book bytes. */
export const mostReturns = 100;
/** Of all returns of an order together: its run ends with them, and its result must stay below Temporal's limit of 2 MB. */
export const mostReturnedLines = 5000;

type Counted = Pick<ReturnView, 'status' | 'lines' | 'announced'>;

/** Pieces by sku. */
export function piecesOf(parts: readonly { lines: readonly LineQuantity[] }[]): Map<string, number> {
  const pieces = new Map<string, number>();
  for (const { lines } of parts) for (const l of lines) pieces.set(l.sku, (pieces.get(l.sku) ?? 0) + l.quantity);
  return pieces;
}

/** Pieces of each sku that were delivered and that no return asks for; a rejected return asks for nothing. */
export function leftToReturn(
  delivered: readonly { lines: readonly LineQuantity[] }[],
  returns: readonly Counted[],
): Map<string, number> {
  const taken = piecesOf(returns.filter((each) => each.status !== 'rejected'));
  return new Map([...piecesOf(delivered)].map(([sku, quantity]) => [sku, quantity - (taken.get(sku) ?? 0)]));
}

/** Whether these can be what came back of a return: pieces that it announced. Each sku comes once. */
export function isPartOf(announced: readonly LineQuantity[], lines: readonly LineQuantity[]): boolean {
  const most = piecesOf([{ lines: announced }]);
  return lines.every((l) => l.quantity <= (most.get(l.sku) ?? 0));
}

/** Whether there is room for one more return of so many lines. */
export function hasRoom(returns: readonly Counted[], lines = 1): boolean {
  const stored = returns.reduce((sum, each) => sum + each.lines.length + (each.announced?.length ?? 0), lines);
  return returns.length < mostReturns && stored <= mostReturnedLines;
}

/**
 * Whether a return can be asked for: while something that was delivered is not asked back, until the return window closes. Nobody writes
 * a view when it does, so the reader's clock decides.
 *
 * @param now ms since the epoch
 */
export function isReturnable(
  order: {
    status: OrderStatus;
    returnableUntil?: Time;
    delivered: readonly { lines: readonly LineQuantity[] }[];
    returns: readonly Counted[];
  },
  now: number,
): boolean {
  const { status, returnableUntil, delivered, returns } = order;
  if (status !== 'completed' || !hasRoom(returns)) return false;
  if (returnableUntil !== undefined && now >= Date.parse(returnableUntil)) return false;
  return [...leftToReturn(delivered, returns).values()].some((quantity) => quantity > 0);
}

/** The parcels that reached the customer. */
export function deliveredOf({ shipments }: Pick<OrderView, 'shipments'>): OrderView['shipments'] {
  return shipments.filter((each) => each.status === 'delivered');
}

/**
 * An order's view with these returns, and with what is possible now; any view of the order will do. Its run knows of refunds for parcels
 * that were lost or came back, the returns run of refunds for returns: what the customer got back is their sum.
 */
export function withReturns(view: OrderView, returns: ReturnView[], now: number): OrderView {
  const refunded = view.payment.refunded - refundedBy(view.returns) + refundedBy(returns);
  const returnable = isReturnable({ ...view, delivered: deliveredOf(view), returns }, now);
  return {
    ...view,
    payment: { ...view.payment, status: statusWith(view, refunded), refunded },
    returns,
    possible: [...view.possible.filter((command) => command !== 'return'), ...(returnable ? ['return' as const] : [])],
  };
}

function refundedBy(returns: readonly Pick<ReturnView, 'refunded'>[]): Money {
  return returns.reduce((sum, each) => sum + each.refunded, 0);
}

function statusWith({ payment }: OrderView, refunded: number): PaymentStatus {
  if (payment.captured === 0 || refunded === 0) return payment.status;
  return refunded < payment.captured ? 'partially_refunded' : 'refunded';
}
