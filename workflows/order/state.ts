import { defined } from '../../contracts/defined.js';
import {
  alwaysTaken,
  mostAmendments,
  mostCommands,
  mostErrors,
  mostPaymentAttempts,
  someOf,
} from '../../contracts/bounds.js';
import { shipmentIdOf } from '../../contracts/ids.js';
import { orderTotal, parcelShares, shrink } from '../../contracts/money.js';
import type {
  Address,
  Adjustment,
  Allocation,
  Balance,
  LineQuantity,
  Money,
  OrderInput,
  OrderLine,
  PaymentAttempt,
  PaymentView,
  ShipmentView,
  Time,
} from '../../contracts/order.js';
import type { Command, OrderStatus, PaymentStatus } from '../../contracts/statuses.js';
import type { ParcelFacts } from './shipment-news.js';

type Line = OrderLine & { reserved: number };

/** A parcel of this order and what has become of it. */
export interface Parcel extends ShipmentView {
  /** Its part of the total; 0 for a replacement, whose original was paid for. */
  share: Money;
  /** Its share was taken. */
  captured?: boolean;
  /** It stands in for a lost one. */
  replaces?: string;
  /** It was on its way by then, though the carrier had not told. */
  outBy?: Time;
  /** An operator gave up waiting for it. */
  abandoned?: boolean;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * What a run knows of its order. Steps write here what the services answered and what was heard from outside; the view is drawn
 * from here. Pure: times come in as arguments.
 */
export class Order {
  readonly id: string;
  lines: Line[];
  adjustments: Adjustment[];
  total: Money;
  address: Address;
  parcels: Parcel[] = [];
  confirmed = false;
  /** Quantities or amounts were lowered after they were reserved or authorized; the services follow. */
  amended = false;
  /** How many such changes there were: each is a question of its own to the services. */
  amendments = 0;
  /** How many commands it has taken, or has refused after they stood in the history. */
  commands = 0;
  /** How many of them changed the order itself. */
  changes = 0;
  /** The status before the process was stopped; it stays while the undo runs. */
  statusBeforeStop: OrderStatus = 'placed';
  readonly payment: { attempts: PaymentAttempt[]; undone: boolean } & Balance;

  constructor(readonly input: OrderInput) {
    const { order } = input;
    this.id = input.orderId;
    this.lines = order.lines.map((l) => ({ ...l, reserved: 0 }));
    this.adjustments = order.adjustments ?? [];
    this.total = orderTotal(order);
    this.address = order.shippingAddress;
    this.payment = { attempts: [], undone: false, authorized: 0, captured: 0, refunded: 0 };
  }

  get wanted(): LineQuantity[] {
    return this.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  }

  get short(): boolean {
    return this.lines.some((l) => l.reserved < l.quantity);
  }

  get paysLater(): boolean {
    return this.input.order.payment.method === 'later';
  }

  /** What inventory holds for this order, parcel by parcel. */
  reserved(parcels: readonly Allocation[]): void {
    this.parcels = parcels.map((p) => ({
      id: shipmentIdOf(this.id, p.warehouse),
      warehouse: p.warehouse,
      status: 'planned',
      lines: p.lines,
      share: 0,
    }));
    for (const line of this.lines) {
      line.reserved = parcels
        .flatMap((p) => p.lines)
        .reduce((sum, l) => sum + (l.sku === line.sku ? l.quantity : 0), 0);
    }
  }

  /** What inventory holds, as far as the run knows. */
  get allocations(): Allocation[] {
    return this.parcels.map(({ warehouse, lines }) => ({ warehouse, lines }));
  }

  released(): void {
    for (const line of this.lines) line.reserved = 0;
    for (const parcel of this.parcels) if (parcel.status === 'planned') parcel.status = 'cancelled';
  }

  /** The customer takes what there is: the total is that of the reserved pieces. */
  acceptPartial(): void {
    const accepted = this.#partial();
    this.lines = accepted.lines;
    this.adjustments = accepted.adjustments;
    this.total = accepted.total;
  }

  /** The order of what is there, and never more than is still wanted: quantities may have been lowered meanwhile. */
  #partial() {
    const placed = { lines: this.lines, shippingFee: this.input.order.shippingFee, adjustments: this.adjustments };
    return shrink(placed, new Map(this.lines.map((l) => [l.sku, Math.min(l.reserved, l.quantity)])));
  }

  /** Adjustments round one by one: what is there of goods worth next to nothing may add up to nothing that can be paid. */
  get partialIsFree(): boolean {
    return this.#partial().total < 1;
  }

  /** Whether it can take one more such command: see contracts/bounds.ts. */
  takes(command: Command): boolean {
    // Returns are a run of their own, with a bound of their own.
    if (alwaysTaken.has(command) || command === 'return') return true;
    if (this.commands >= mostCommands) return false;
    if (command === 'amend') return this.changes < mostAmendments;
    if (command === 'payment') return this.payment.attempts.length < mostPaymentAttempts;
    return true;
  }

  /** Fewer pieces (never more), another address; the total follows as it does for parts. */
  amend(change: { shippingAddress?: Address; lines?: LineQuantity[] }): void {
    this.changes += 1;
    if (change.shippingAddress) this.address = change.shippingAddress;
    if (!change.lines) return;
    const wanted = new Map(this.lines.map((l) => [l.sku, l.quantity]));
    for (const l of change.lines) wanted.set(l.sku, l.quantity);
    const placed = { lines: this.lines, shippingFee: this.input.order.shippingFee, adjustments: this.adjustments };
    const lowered = shrink(placed, wanted);
    this.lines = lowered.lines;
    this.adjustments = lowered.adjustments;
    this.total = lowered.total;
    this.amended = true;
    this.amendments += 1;
  }

  /** Why a change of quantities cannot be taken; empty where it can. */
  refusesAmendment(lines: readonly LineQuantity[]): { path: string; message: string }[] {
    const bySku = new Map(this.lines.map((l) => [l.sku, l]));
    const errors = lines.flatMap((l, i) => {
      const line = bySku.get(l.sku);
      if (!line) {
        return [{ path: `/lines/${i}/sku`, message: `must be a sku of this order: ${someOf([...bySku.keys()])}` }];
      }
      return l.quantity > line.quantity
        ? [
            {
              path: `/lines/${i}/quantity`,
              message: `must be at most ${line.quantity}: quantities can only be lowered`,
            },
          ]
        : [];
    });
    if (errors.length > 0) return errors.slice(0, mostErrors);
    const wanted = new Map(this.lines.map((l) => [l.sku, l.quantity]));
    for (const l of lines) wanted.set(l.sku, l.quantity);
    const placed = { lines: this.lines, shippingFee: this.input.order.shippingFee, adjustments: this.adjustments };
    return shrink(placed, wanted).total < 1
      ? [{ path: '/lines', message: 'leave a total below 1; cancel the order instead' }]
      : [];
  }

  /** A payment is held from now on. A sum that is absent is 0. */
  authorized({ authorized = 0, captured = 0, refunded = 0 }: Partial<Balance>): void {
    Object.assign(this.payment, { authorized, captured, refunded });
  }

  /**
   * The sums after a call on what is held. Answers of calls that ran at the same time may come in any order, also much later, when the
   * first one was lost: what was captured or refunded never gets less, and what is held never gets more, so an older answer shows.
   */
  money({ authorized = 0, captured = 0, refunded = 0 }: Partial<Balance>): void {
    const known = this.payment;
    if (captured < known.captured || refunded < known.refunded) return;
    this.authorized({ authorized: Math.min(authorized, known.authorized), captured, refunded });
  }

  /** Beyond the bound only money that was taken is recorded. */
  attempted(at: number, outcome: PaymentAttempt['outcome'], code?: string): void {
    if (outcome === 'declined' && this.payment.attempts.length >= mostPaymentAttempts) return;
    this.payment.attempts.push({ at: iso(at), outcome, ...defined({ code }) });
  }

  voided(balance: Partial<Balance>): void {
    this.payment.undone = true;
    this.money(balance);
  }

  /** Sold: from here on the parcels have their share of the total. */
  confirm(parcels: readonly Allocation[] = this.allocations): void {
    this.reserved(parcels);
    const order = { lines: this.lines, shippingFee: this.input.order.shippingFee, adjustments: this.adjustments };
    parcelShares(order, this.parcels).forEach((share, i) => (this.parcels[i]!.share = share));
    this.confirmed = true;
  }

  unconfirm(): void {
    this.confirmed = false;
  }

  /** The carrier has told that a parcel is on its way. */
  dispatched(parcel: Parcel, facts: ParcelFacts): void {
    parcel.status = 'dispatched';
    this.heard(parcel, facts);
  }

  /** A parcel is on its way, though the carrier has not told: it will not give it back, or an operator knows. */
  leftUnannounced(parcel: Parcel, at: number): void {
    parcel.status = 'dispatched';
    parcel.outBy = iso(at);
    parcel.dispatchedAt = parcel.outBy;
  }

  arrivedUnannounced(parcel: Parcel, at: number): void {
    parcel.status = 'delivered';
    parcel.deliveredAt = iso(at);
  }

  givenUp(parcel: Parcel): void {
    parcel.status = 'lost';
    parcel.abandoned = true;
  }

  /** Merges what the carrier has told of a parcel so far, in whatever order; what belongs to a later status waits for that. */
  heard(parcel: Parcel, { trackingNumber, carrier, dispatchedAt, deliveredAt, signedBy }: ParcelFacts): void {
    const out = ['dispatched', 'delivered', 'lost', 'returned'].includes(parcel.status);
    const firstSeen = [parcel.outBy, dispatchedAt].filter((time) => time !== undefined).sort()[0];
    if (trackingNumber !== undefined) parcel.trackingNumber = trackingNumber;
    if (carrier !== undefined) parcel.carrier = carrier;
    if (out && firstSeen !== undefined) parcel.dispatchedAt = firstSeen;
    if (parcel.status !== 'delivered') return;
    if (deliveredAt !== undefined) parcel.deliveredAt = deliveredAt;
    if (signedBy !== undefined) parcel.signedBy = signedBy;
  }

  parcel(id: string): Parcel {
    return this.parcels.find((p) => p.id === id)!;
  }

  /** The latest parcels: a lost one that was sent again is no longer waited for. */
  get openParcels(): Parcel[] {
    return this.parcels.filter((p) => p.status === 'planned' || p.status === 'booked' || p.status === 'dispatched');
  }

  get anyDispatched(): boolean {
    return this.parcels.some((p) => p.dispatchedAt !== undefined);
  }

  get allDelivered(): boolean {
    return this.openParcels.length === 0 && this.parcels.some((p) => p.status === 'delivered');
  }

  /** The status of an order that waits for nobody. */
  get stage(): OrderStatus {
    if (!this.confirmed) return 'placed';
    if (this.allDelivered) return 'delivered';
    return this.anyDispatched ? 'shipping' : 'confirmed';
  }

  get signedBy(): string | undefined {
    const delivered = this.parcels.filter((p) => p.status === 'delivered');
    return delivered.length > 0 && delivered.every((p) => p.signedBy !== undefined)
      ? delivered[0]!.signedBy
      : undefined;
  }

  addReplacement(lostId: string, parcel: { shipmentId: string; warehouse: string; lines: LineQuantity[] }): Parcel {
    const replacement: Parcel = {
      id: parcel.shipmentId,
      warehouse: parcel.warehouse,
      status: 'planned',
      lines: parcel.lines,
      share: 0,
      replaces: lostId,
    };
    this.parcels.push(replacement);
    return replacement;
  }

  /** What was paid for a parcel, through the parcels it replaces; nothing where an operator gave its capture up. */
  paidFor(parcel: Parcel): Money {
    if (parcel.replaces !== undefined) return this.paidFor(this.parcel(parcel.replaces));
    return parcel.captured ? parcel.share : 0;
  }

  paymentView(): PaymentView {
    const { attempts, authorized, captured, refunded } = this.payment;
    return {
      method: this.input.order.payment.method,
      status: paymentStatusOf(this.payment, this.paysLater),
      authorized,
      captured,
      refunded,
      attempts,
    };
  }
}

/** What has become of the payment, by its sums and attempts. */
export function paymentStatusOf(
  { attempts, authorized, captured, refunded, undone }: Order['payment'],
  paysLater: boolean,
): PaymentStatus {
  if (refunded > 0) return refunded >= captured ? 'refunded' : 'partially_refunded';
  if (captured > 0) return authorized > 0 ? 'partially_captured' : 'captured';
  if (authorized > 0) return 'authorized';
  if (undone && attempts.some((a) => a.outcome === 'authorized')) return 'voided';
  if (attempts.at(-1)?.outcome === 'declined') return 'declined';
  return paysLater && !undone ? 'pending' : 'none';
}
