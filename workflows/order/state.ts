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

/** A parcel of this order and its current state. */
export interface Parcel extends ShipmentView {
  /** Its part of the total. 0 for a replacement: the original was paid for. */
  share: Money;
  /** Its share was captured. */
  captured?: boolean;
  /** The id of the lost parcel that this one replaces. */
  replaces?: string;
  /** By this time it was on its way, without news from the carrier. */
  outBy?: Time;
  /** An operator gave up waiting for it. */
  abandoned?: boolean;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * Everything that a run knows about its order. Steps store the answers of services and news from outside here, and the view is made from
 * it. It has no clock: times are arguments.
 */
export class Order {
  readonly id: string;
  lines: Line[];
  adjustments: Adjustment[];
  total: Money;
  address: Address;
  parcels: Parcel[] = [];
  confirmed = false;
  /** Quantities were lowered, and the services do not know it yet. */
  amended = false;
  /** How many times quantities were lowered. Part of the idempotency keys: each change is a new call. */
  amendments = 0;
  /** How many commands it has taken, or has refused after they were recorded in the history. */
  commands = 0;
  /** How many of them changed the order itself. */
  changes = 0;
  /** The status before the process was stopped. The order shows it while the undo runs. */
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

  /** Stores what inventory holds for this order, parcel by parcel. */
  reserved(parcels: readonly Allocation[]): void {
    this.parcels = parcels.map((p) => this.#planned(shipmentIdOf(this.id, p.warehouse), p));
    for (const line of this.lines) {
      line.reserved = parcels
        .flatMap((p) => p.lines)
        .reduce((sum, l) => sum + (l.sku === line.sku ? l.quantity : 0), 0);
    }
  }

  /**
   * Adds the parcels that inventory has pieces for, and that the run does not know. A replacement is left out: its lost parcel has left, so the
   * order goes on, and the lost parcel is replaced once more, with the same key.
   */
  found(parcels: readonly (Allocation & { shipmentId: string })[]): void {
    const first = parcels.filter(({ shipmentId, warehouse }) => shipmentId === shipmentIdOf(this.id, warehouse));
    for (const { shipmentId, ...allocation } of first) {
      const parcel = this.#planned(shipmentId, allocation);
      if (!this.parcels.includes(parcel)) this.parcels.push(parcel);
    }
  }

  /** A parcel that the run knows stays the same object: the branch of the parcel has it. */
  #planned(id: string, { warehouse, lines }: Allocation): Parcel {
    const known = this.parcels.find((p) => p.id === id);
    return known ? Object.assign(known, { lines }) : { id, warehouse, status: 'planned', lines, share: 0 };
  }

  /** What inventory holds, as far as the run knows. */
  get allocations(): Allocation[] {
    return this.parcels.map(({ warehouse, lines }) => ({ warehouse, lines }));
  }

  released(): void {
    for (const line of this.lines) line.reserved = 0;
    for (const parcel of this.parcels) if (parcel.status === 'planned') parcel.status = 'cancelled';
  }

  /** The customer accepts the shortage: the order shrinks to the reserved pieces, and the total follows. */
  acceptPartial(): void {
    const accepted = this.#partial();
    this.lines = accepted.lines;
    this.adjustments = accepted.adjustments;
    this.total = accepted.total;
  }

  /** The order with only the reserved pieces. A line never has more than its quantity, which may have been lowered in the meantime. */
  #partial() {
    const placed = { lines: this.lines, shippingFee: this.input.order.shippingFee, adjustments: this.adjustments };
    return shrink(placed, new Map(this.lines.map((l) => [l.sku, Math.min(l.reserved, l.quantity)])));
  }

  /** Whether the reserved pieces cost too little to be paid. Adjustments are rounded one by one, so the total of cheap goods can be 0. */
  get partialIsFree(): boolean {
    return this.#partial().total < 1;
  }

  /** Whether the order is still below the limit for this command (see contracts/bounds.ts). */
  takes(command: Command): boolean {
    // Returns have their own run, with its own limit.
    if (alwaysTaken.has(command) || command === 'return') return true;
    if (this.commands >= mostCommands) return false;
    if (command === 'amend') return this.changes < mostAmendments;
    if (command === 'payment') return this.payment.attempts.length < mostPaymentAttempts;
    return true;
  }

  /** Lowers quantities or changes the address. The total follows. */
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

  /** Why the order refuses these quantities. Empty if it accepts them. */
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

  /** A payment was authorized, whatever became of it. */
  get isPaid(): boolean {
    return this.payment.attempts.some(({ outcome }) => outcome === 'authorized');
  }

  /** Stores the sums of an authorized payment. An absent sum is 0. */
  authorized({ authorized = 0, captured = 0, refunded = 0 }: Partial<Balance>): void {
    Object.assign(this.payment, { authorized, captured, refunded });
  }

  /**
   * Stores the sums that a payment call answered. Answers of simultaneous calls come in any order. Captured and refunded sums never
   * fall and authorized sums never rise, so an outdated answer is recognised and ignored.
   */
  money({ authorized = 0, captured = 0, refunded = 0 }: Partial<Balance>): void {
    const known = this.payment;
    if (captured < known.captured || refunded < known.refunded) return;
    this.authorized({ authorized: Math.min(authorized, known.authorized), captured, refunded });
  }

  /** Records a payment attempt. Declined attempts beyond the limit are not recorded. */
  attempted(at: number, outcome: PaymentAttempt['outcome'], code?: string): void {
    if (outcome === 'declined' && this.payment.attempts.length >= mostPaymentAttempts) return;
    this.payment.attempts.push({ at: iso(at), outcome, ...defined({ code }) });
  }

  voided(balance: Partial<Balance>): void {
    this.payment.undone = true;
    this.money(balance);
  }

  /** The goods are sold. From now on each parcel has its share of the total. */
  confirm(parcels: readonly Allocation[] = this.allocations): void {
    this.reserved(parcels);
    const order = { lines: this.lines, shippingFee: this.input.order.shippingFee, adjustments: this.adjustments };
    parcelShares(order, this.parcels).forEach((share, i) => (this.parcels[i]!.share = share));
    this.confirmed = true;
  }

  unconfirm(): void {
    this.confirmed = false;
  }

  /** The carrier reported that a parcel is on its way. */
  dispatched(parcel: Parcel, facts: ParcelFacts): void {
    parcel.status = 'dispatched';
    this.mergeFacts(parcel, facts);
  }

  /** A parcel is on its way without news: the carrier refuses to cancel it, or an operator says so. */
  leftUnannounced(parcel: Parcel, at: number): void {
    parcel.status = 'dispatched';
    parcel.outBy = iso(at);
    parcel.dispatchedAt = parcel.outBy;
  }

  arrivedUnannounced(parcel: Parcel, at: number): void {
    parcel.status = 'delivered';
    parcel.deliveredAt = iso(at);
  }

  abandonParcel(parcel: Parcel): void {
    parcel.status = 'lost';
    parcel.abandoned = true;
  }

  /** Merges all news about a parcel so far, in any order. A fact that belongs to a later status is left out until then. */
  mergeFacts(parcel: Parcel, { trackingNumber, carrier, dispatchedAt, deliveredAt, signedBy }: ParcelFacts): void {
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

  /** Parcels that are still expected to arrive. */
  get openParcels(): Parcel[] {
    return this.parcels.filter((p) => p.status === 'planned' || p.status === 'booked' || p.status === 'dispatched');
  }

  get anyDispatched(): boolean {
    return this.parcels.some((p) => p.dispatchedAt !== undefined);
  }

  get allDelivered(): boolean {
    return this.openParcels.length === 0 && this.parcels.some((p) => p.status === 'delivered');
  }

  /** The status while no step waits for anybody. */
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

  /** What was paid for a parcel, or for the parcel that it replaces. 0 if an operator abandoned the capture. */
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

/** The status of a payment, from its sums and attempts. */
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
