import type { LineQuantity } from '../../contracts/order.js';
import { refusal } from './misbehaviour.js';

/** Pieces free to sell, by sku and warehouse. */
export type Stock = Record<string, Record<string, number>>;

const demoStock: Stock = {
  mug: { east: 100, west: 100 },
  tee: { east: 100, west: 100 },
  vase: { east: 100 },
  lamp: { west: 100 },
  rare: { east: 1 },
  gone: { east: 0 },
};

interface Piece {
  shipmentId: string;
  warehouse: string;
  sku: string;
  quantity: number;
  state: 'reserved' | 'committed' | 'lost';
}

/** One order's stock. It follows the rules of the inventory service's contract. */
export class FakeInventory {
  readonly available: Stock;
  readonly initial: Stock;
  #pieces: Piece[] = [];
  #released = false;

  constructor(
    private readonly orderId: string,
    stock: Stock = demoStock,
  ) {
    this.initial = structuredClone(stock);
    this.available = structuredClone(stock);
  }

  /** Number of pieces that the order holds in this state. */
  held(state: Piece['state']): number {
    return this.#pieces.reduce((sum, p) => sum + (p.state === state ? p.quantity : 0), 0);
  }

  reserve(lines: readonly LineQuantity[]) {
    if (this.#released) throw refusal('reservation_released');
    const unknown = lines.find((l) => !this.available[l.sku]);
    if (unknown) throw refusal('unknown_sku');
    const of = (sku: string) => Object.entries(this.available[sku]!).sort(([a], [b]) => (a < b ? -1 : 1));
    if (lines.some((l) => of(l.sku).every(([, n]) => n === 0))) throw refusal('out_of_stock');
    const whole = of(lines[0]!.sku).find(([w]) => lines.every((l) => (this.available[l.sku]![w] ?? 0) >= l.quantity));
    const short = [];
    for (const { sku, quantity } of lines) {
      const one = whole ?? of(sku).find(([, n]) => n >= quantity);
      let left = quantity;
      for (const [warehouse] of one ? [one] : of(sku)) {
        const taken = Math.min(left, this.available[sku]![warehouse]!);
        if (taken === 0) continue;
        this.#take(sku, warehouse, taken, `${this.orderId}-${warehouse}`, 'reserved');
        left -= taken;
      }
      if (left > 0) short.push({ sku, wanted: quantity, reserved: quantity - left });
    }
    return { ...this.reservation(), short };
  }

  renew() {
    this.#mustHold();
    return {};
  }

  /** Rejects the call unless the order still holds pieces. A renewal, a reduction and a sale need them. */
  #mustHold(): void {
    if (this.#released || this.#pieces.every((p) => p.quantity === 0)) throw refusal('reservation_released');
  }

  reservation() {
    return { parcels: this.#parcels(), short: [], expiresAt: '2030-01-01T00:00:00.000Z' };
  }

  release(parcel?: string, replacementOf?: string) {
    const shipmentId = replacementOf === undefined ? parcel : replacementIdOf(replacementOf);
    if (shipmentId === undefined) this.#released = true;
    for (const piece of this.#pieces) {
      if (piece.state === 'lost' || (shipmentId !== undefined && piece.shipmentId !== shipmentId)) continue;
      this.available[piece.sku]![piece.warehouse]! += piece.quantity;
      piece.quantity = 0;
    }
    return {};
  }

  reduce(lines: readonly LineQuantity[]) {
    this.#mustHold();
    for (const { sku, quantity } of lines) {
      let surplus = -quantity + this.#pieces.reduce((sum, p) => sum + (p.sku === sku ? p.quantity : 0), 0);
      for (const piece of this.#pieces.filter((p) => p.sku === sku).reverse()) {
        const back = Math.max(0, Math.min(surplus, piece.quantity));
        piece.quantity -= back;
        surplus -= back;
        this.available[sku]![piece.warehouse]! += back;
      }
    }
    return this.reservation();
  }

  commit() {
    this.#mustHold();
    for (const piece of this.#pieces) piece.state = 'committed';
    return { parcels: this.#parcels() };
  }

  uncommit() {
    for (const piece of this.#pieces) if (piece.state === 'committed') piece.state = 'reserved';
    return {};
  }

  replace(lostShipmentId: string) {
    const lost = this.#pieces.filter((p) => p.shipmentId === lostShipmentId);
    for (const piece of lost) piece.state = 'lost';
    const warehouses = [...new Set(Object.values(this.available).flatMap((w) => Object.keys(w)))].sort();
    const from = warehouses.find((w) => lost.every((p) => (this.available[p.sku]![w] ?? 0) >= p.quantity));
    if (from === undefined) throw refusal('out_of_stock');
    const shipmentId = replacementIdOf(lostShipmentId);
    for (const piece of lost) this.#take(piece.sku, from, piece.quantity, shipmentId, 'committed');
    return { parcel: this.#parcels().find((p) => p.shipmentId === shipmentId)! };
  }

  stopReplacing(lostShipmentId: string) {
    const parcel = this.#parcels().find((p) => p.shipmentId === replacementIdOf(lostShipmentId));
    return parcel ? { parcel } : {};
  }

  restock(shipmentId: string | undefined, lines: readonly LineQuantity[]) {
    for (const { sku, quantity } of lines) {
      const piece = this.#pieces.find((p) => p.sku === sku && (shipmentId ?? p.shipmentId) === p.shipmentId);
      if (!piece || piece.quantity < quantity) throw refusal('return_exceeds_sold');
      piece.quantity -= quantity;
      this.available[sku]![piece.warehouse]! += quantity;
    }
    return {};
  }

  #take(sku: string, warehouse: string, quantity: number, shipmentId: string, state: Piece['state']): void {
    this.available[sku]![warehouse]! -= quantity;
    this.#pieces.push({ shipmentId, warehouse, sku, quantity, state });
  }

  #parcels() {
    const live = this.#pieces.filter((p) => p.quantity > 0 && p.state !== 'lost');
    const ids = [...new Set(live.map((p) => p.shipmentId))].sort();
    return ids.map((shipmentId) => {
      const pieces = live.filter((p) => p.shipmentId === shipmentId);
      const lines = pieces.map(({ sku, quantity }) => ({ sku, quantity }));
      return { shipmentId, warehouse: pieces[0]!.warehouse, lines };
    });
  }
}

/** One order's money. It follows the rules of the payment service's contract. */
export class FakePayment {
  readonly #holds = new Map<string, number>();
  captured = 0;
  refunded = 0;
  #voided = false;

  get authorized(): number {
    return [...this.#holds.values()].reduce((sum, n) => sum + n, 0);
  }

  readonly #messages = new Set<string>();

  /** Tells whether the order has recorded this message of the provider as a payment. */
  knows(providerRef: string): boolean {
    return this.#messages.has(providerRef);
  }

  authorize(amount: number, providerRef?: string) {
    if (this.#voided) throw refusal('payment_voided');
    if (providerRef !== undefined) this.#messages.add(providerRef);
    const authorizationId = `auth-${this.#holds.size + 1}`;
    this.#holds.set(authorizationId, amount);
    return { authorizationId, ...this.#balance() };
  }

  void() {
    this.#voided = true;
    for (const id of this.#holds.keys()) this.#holds.set(id, 0);
    return this.#balance();
  }

  reduce(amount: number) {
    if (amount > this.authorized) throw refusal('capture_refused');
    this.#let(this.authorized - amount);
    return this.#balance();
  }

  capture(amount: number) {
    if (amount > this.authorized) throw refusal('capture_refused');
    this.#let(amount);
    this.captured += amount;
    return this.#balance();
  }

  refund(amount: number) {
    if (this.refunded + amount > this.captured) throw refusal('refund_exceeds_captured');
    this.refunded += amount;
    return this.#balance();
  }

  settle() {
    return this.void();
  }

  /** Reports all captured and refunded money under one parcel. */
  taken(subject: string) {
    const { captured, refunded } = this;
    return captured > 0 ? [{ subject, captured, refunded }] : [];
  }

  /** Takes an amount out of the holds, oldest first. */
  #let(amount: number): void {
    for (const [id, held] of this.#holds) {
      const taken = Math.min(held, amount);
      this.#holds.set(id, held - taken);
      amount -= taken;
    }
  }

  #balance() {
    return { authorized: this.authorized, captured: this.captured, refunded: this.refunded };
  }
}

/** One order's bookings. They follow the rules of the shipping service's contract. */
export class FakeCarrier {
  readonly bookings = new Map<string, 'booked' | 'cancelled' | 'dispatched'>();

  book(shipmentId: string) {
    if (this.bookings.get(shipmentId) === 'cancelled') throw refusal('booking_cancelled');
    this.bookings.set(shipmentId, 'booked');
    return {};
  }

  cancel(shipmentId: string) {
    if (this.bookings.get(shipmentId) === 'dispatched') return { status: 'dispatched' as const };
    this.bookings.set(shipmentId, 'cancelled');
    return { status: 'cancelled' as const };
  }

  /** Marks the parcel as fetched by the carrier. The news of it may arrive later. */
  fetch(shipmentId: string): void {
    this.bookings.set(shipmentId, 'dispatched');
  }
}

function replacementIdOf(lostShipmentId: string): string {
  const numbered = /^(.*)-(\d+)$/.exec(lostShipmentId);
  return numbered ? `${numbered[1]}-${Number(numbered[2]) + 1}` : `${lostShipmentId}-2`;
}
