import type { ServiceName } from '../../../src/config/index.js';
import type { Observation } from '../../check/observation.js';
import type { ServicesInMemory } from './index.js';

type Tables = Required<Pick<Observation, 'inventory' | 'payment' | 'shipping' | 'notification' | 'book' | 'calls'>>;

/** The tables of all services of a world, as the checker reads them. */
export function tablesOf({ inventory, payment, shipping, notification, orders }: ServicesInMemory): Tables {
  const stores = { inventory, payment, shipping, notification } satisfies Record<
    Exclude<ServiceName, 'orders'>,
    object
  >;
  return {
    inventory: {
      // Without a spread: V8 makes a hidden class for each copy that gets another field.
      stock: inventory.stock.map(({ sku, warehouse, available, reserved, committed, put: initial }) => ({
        sku,
        warehouse,
        available,
        reserved,
        committed,
        initial,
      })),
      reservations: [...inventory.reservations.values()].map(({ order_id: orderId, released, expires_at }) => ({
        orderId,
        released,
        ...(expires_at === null ? {} : { expiresAt: Date.parse(expires_at) }),
      })),
      pieces: [...inventory.pieces.values()].flat().map(({ order_id, shipment_id, replaces, ...piece }) => ({
        orderId: order_id,
        shipmentId: shipment_id,
        ...piece,
        ...(replaces === null ? {} : { replaces }),
      })),
    },
    payment: {
      payments: [...payment.payments.values()].map(({ payment: { order_id: orderId, ...sums } }) => ({
        orderId,
        captured: sums.captured,
        refunded: sums.refunded,
        voided: sums.voided,
        settled: sums.settled,
      })),
      authorizations: [...payment.payments.values()].flatMap(({ payment: { order_id: orderId }, authorizations }) =>
        authorizations.map(({ id, amount, held }) => ({ id, orderId, amount, held })),
      ),
      operations: [...payment.payments.values()].flatMap(({ payment: { order_id: orderId }, operations }) =>
        operations.map(({ kind, amount, at, key, subject, currency }) => ({
          orderId,
          kind,
          amount,
          at: Date.parse(at),
          key,
          ...(subject === null ? {} : { subject }),
          ...(currency === null ? {} : { currency }),
        })),
      ),
    },
    shipping: {
      bookings: [...shipping.bookings.values()].map(({ shipment_id, order_id, status, carrier, booked_at }) => ({
        shipmentId: shipment_id,
        orderId: order_id,
        status,
        ...(carrier === null ? {} : { carrier }),
        ...(booked_at === null ? {} : { bookedAt: Date.parse(booked_at) }),
      })),
      carrierEvents: [...shipping.events],
    },
    notification: notification.notifications.map(({ order_id: orderId, event, subject, state }) => ({
      orderId,
      event,
      subject,
      state,
    })),
    book: [...orders.rows.values()].map(({ orderId, revision, view, returns, latePayments }) => ({
      orderId,
      revision,
      view,
      returns,
      latePayments: [...latePayments.keys()],
    })),
    calls: Object.entries(stores).flatMap(([service, { keys }]) =>
      [...keys.calls].map(([key, { operation, status, at, seq, answer }]) => ({
        service: service as keyof typeof stores,
        operation,
        key,
        status,
        at,
        seq,
        ...(operation === 'cancel' && status === 200
          ? { answer: (JSON.parse(answer) as { status: string }).status }
          : {}),
      })),
    ),
  };
}
