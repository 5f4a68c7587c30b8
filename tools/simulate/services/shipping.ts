import type { ShippingClient } from '../../../services/shipping/client.js';
import { shippingContract } from '../../../services/shipping/contract.js';
import { shippingHandlers } from '../../../services/shipping/routes.js';
import { book, cancel } from '../../../services/shipping/store.js';
import type { BodyOf } from '../../../services/support/operation.js';
import { Keys } from './keys.js';
import { memoryClient, type MemoryHandlers, type Outcome } from './memory-client.js';
import { pageOf } from './page.js';
import type { World } from './world.js';

type CarrierEvent = 'shipment.dispatched' | 'shipment.delivered';
type Status = 'booked' | 'dispatched' | 'delivered' | 'cancelled';
type Order = BodyOf<typeof shippingContract.book>;

/** A row of the table `bookings`. One without `booked_at` is a cancellation that came before its booking. */
export interface BookingRow {
  shipment_id: string;
  order_id: string;
  status: Status;
  warehouse: string | null;
  carrier: Order['carrier'] | null;
  tracking_number: string | null;
  lines: Order['lines'] | null;
  address: Order['address'] | null;
  /** ISO 8601. */
  booked_at: string | null;
  updated_at: string;
}

const real = shippingHandlers();

/** The shipping service in memory. Nothing happens to a parcel by itself: the world says when (see `happen`). */
export class ShippingInMemory {
  /** By shipment id, in the order in which they were made. */
  bookings = new Map<string, BookingRow>();
  /** What has happened to parcels, in order. */
  events: { shipmentId: string; type: CarrierEvent; at: number }[] = [];
  /** Parcels that the carrier says it has delivered, before anything of it has happened. It does not give them back. */
  readonly claimed = new Set<string>();
  readonly keys: Keys;
  readonly client: ShippingClient;

  constructor(private readonly world: World) {
    this.keys = new Keys(world);
    this.client = memoryClient(shippingContract, this.handlers(), {
      service: 'shipping',
      keys: this.keys,
      wait: world.wait,
      checksValues: world.checksValues,
    });
  }

  reset(): void {
    this.bookings = new Map();
    this.events = [];
    this.claimed.clear();
    this.keys.reset();
  }

  /**
   * The carrier dispatches or delivers a parcel, as the carrier simulator does: in this sequence, and never a cancelled one.
   *
   * @returns the parcel; undefined if it cannot happen. The news of it is a webhook.
   */
  happen(type: CarrierEvent, shipmentId: string): BookingRow | undefined {
    const [from, to] = type === 'shipment.dispatched' ? ['booked', 'dispatched'] : ['dispatched', 'delivered'];
    const booking = this.bookings.get(shipmentId);
    if (booking?.status !== from) return undefined;
    booking.status = to as Status;
    booking.updated_at = this.time();
    this.events.push({ shipmentId, type, at: this.world.now() });
    return booking;
  }

  private handlers(): MemoryHandlers<typeof shippingContract> {
    return {
      book: { decide: ({ body }) => this.book(body), reliesOn: real.book.reliesOn },
      cancel: {
        decide: ({ params, body }) => this.cancel(params.shipmentId, body.orderId),
        undoes: real.cancel.undoes,
      },
      listShipments: ({ query }) => pageOf(query, this.listed(query?.orderId), (item) => [item.id]),
    };
  }

  private book(parcel: Order): Outcome<{ trackingNumber?: string }> {
    const { answer, effect } = book(this.stored(parcel.shipmentId), parcel);
    if (!effect) return { answer };
    const { shipmentId, orderId, warehouse, carrier, lines, address } = parcel;
    const insert = () => {
      this.bookings.set(shipmentId, {
        shipment_id: shipmentId,
        order_id: orderId,
        status: 'booked',
        warehouse,
        carrier,
        tracking_number: answer.trackingNumber ?? null,
        lines,
        address,
        booked_at: this.time(),
        updated_at: this.time(),
      });
    };
    return { answer, effect: insert };
  }

  private cancel(shipmentId: string, orderId: string): Outcome<{ status: 'cancelled' | 'dispatched' }> {
    const { answer, effect } = cancel(this.stored(shipmentId), shipmentId, orderId);
    if (!effect) return { answer };
    const never = {
      warehouse: null,
      carrier: null,
      tracking_number: null,
      lines: null,
      address: null,
      booked_at: null,
    };
    const upsert = () => {
      const row = this.bookings.get(shipmentId) ?? { shipment_id: shipmentId, order_id: orderId, ...never };
      this.bookings.set(shipmentId, { ...row, status: 'cancelled', updated_at: this.time() });
    };
    return { answer, effect: upsert };
  }

  private stored(shipmentId: string): Parameters<typeof book>[0] {
    const row = this.bookings.get(shipmentId);
    if (!row) return null;
    const status = row.status === 'booked' && this.claimed.has(shipmentId) ? 'dispatched' : row.status;
    return { status, trackingNumber: row.tracking_number };
  }

  private listed(orderId: string | undefined) {
    return [...this.bookings.values()]
      .filter((row) => row.booked_at !== null && (orderId === undefined || row.order_id === orderId))
      .map((row) => ({
        id: row.shipment_id,
        orderId: row.order_id,
        warehouse: row.warehouse as string,
        carrier: row.carrier as string,
        ...(row.tracking_number === null ? {} : { trackingNumber: row.tracking_number }),
        status: row.status,
        lines: row.lines as Order['lines'],
        bookedAt: row.booked_at as string,
        updatedAt: row.updated_at,
      }));
  }

  private time(): string {
    return new Date(this.world.now()).toISOString();
  }
}
