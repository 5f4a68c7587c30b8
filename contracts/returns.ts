import type { LineQuantity, Money, OrderView, ReturnView, Time } from './order.js';
import type { OrderStatus, PaymentStatus } from './statuses.js';

/** The rules that connect an order and its returns, shared by the returns run, the order book and the API. */

/** How many returns one order takes, rejected ones included. Each adds events to the run and bytes to the order book. */
export const mostReturns = 100;
/** How many lines all returns of an order have together. The run's result holds them, and must stay below Temporal's limit of 2 MB. */
export const mostReturnedLines = 5000;

type Counted = Pick<ReturnView, 'status' | 'lines' | 'announced'>;

/** Pieces by sku. */
export function piecesOf(parts: readonly { lines: readonly LineQuantity[] }[]): Map<string, number> {
  const pieces = new Map<string, number>();
  for (const { lines } of parts) for (const l of lines) pieces.set(l.sku, (pieces.get(l.sku) ?? 0) + l.quantity);
  return pieces;
}

/** The pieces of each sku that were delivered and are in no return. A rejected return does not count. */
export function leftToReturn(
  delivered: readonly { lines: readonly LineQuantity[] }[],
  returns: readonly Counted[],
): Map<string, number> {
  const taken = piecesOf(returns.filter((each) => each.status !== 'rejected'));
  return new Map([...piecesOf(delivered)].map(([sku, quantity]) => [sku, quantity - (taken.get(sku) ?? 0)]));
}

/** Whether the return announced all these pieces. Each sku is in one line. */
export function isPartOf(announced: readonly LineQuantity[], lines: readonly LineQuantity[]): boolean {
  const most = piecesOf([{ lines: announced }]);
  return lines.every((l) => l.quantity <= (most.get(l.sku) ?? 0));
}

/** Whether the order takes one more return with this many lines. */
export function hasRoom(returns: readonly Counted[], lines = 1): boolean {
  const stored = returns.reduce((sum, each) => sum + each.lines.length + (each.announced?.length ?? 0), lines);
  return returns.length < mostReturns && stored <= mostReturnedLines;
}

/**
 * Whether a return can be requested: some delivered piece is in no return yet, and the return window is open. No view is written when the
 * window closes, so the reader's clock decides.
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
function deliveredOf({ shipments }: Pick<OrderView, 'shipments'>): OrderView['shipments'] {
  return shipments.filter((each) => each.status === 'delivered');
}

/**
 * Puts returns into any view of their order, and updates `possible` and the refunded sum. The order's run knows the refunds for parcels that
 * were lost or came back, and the returns run knows the refunds for returns. The customer got back the sum of both.
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
