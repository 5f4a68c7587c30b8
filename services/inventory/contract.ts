import { z } from 'zod';
import { allocation, amount, id, lineQuantities, quantity, shipmentId, time } from '../../contracts/values.schema.js';
import { operations } from '../support/operation.js';
import { pageOf, pageQuery } from '../support/pages.schema.js';

/** Milliseconds, at most twenty years: the longest deadline an order can have, and more. */
const hold = z.int().positive().max(630_720_000_000);

/** What one warehouse sends in one parcel. */
const parcel = z.strictObject({
  /** `<orderId>-<warehouse>`; a replacement's ends in `-2`, `-3`. */
  shipmentId,
  ...allocation.shape,
});
export interface AllocatedParcel extends z.infer<typeof parcel> {}

export const reservationAnswer = z.strictObject({
  /** Sorted by warehouse. */
  parcels: z.array(parcel),
  /** Lines that could not be had whole; at least one piece of each is reserved. */
  short: z.array(z.strictObject({ sku: id, wanted: quantity, reserved: quantity })),
  /** Until when the pieces are held, unless renewed or committed. */
  expiresAt: time,
});
export type ReservationAnswer = z.infer<typeof reservationAnswer>;

export const reservationState = z.enum(['reserved', 'committed', 'released', 'expired']);

const orderParams = z.strictObject({ orderId: id });
/** Without the limit of an input: pieces given back come on top of what was set. */
const pieces = z.int().min(0);
const stockLevel = z.strictObject({ warehouse: id, available: pieces, reserved: pieces, committed: pieces });
export const stockAnswer = z.strictObject({ sku: id, warehouses: z.array(stockLevel) });
const done = z.strictObject({});
/** Absent: the whole order. */
const scope = z.strictObject({ shipmentId: shipmentId.optional() });

/**
 * Stock of each sku in each warehouse, and what orders hold of it. Every undo succeeds when there is nothing to undo, and a do
 * that arrives after its undo is refused with `reservation_released`; one that was undone by another run, with `undone`.
 */
export const inventoryContract = operations({
  reserve: {
    method: 'POST',
    path: '/v1/reservations',
    summary: 'Reserve each line: all of it, or what there is; refused when a line cannot be had at all',
    idempotent: true,
    body: z.strictObject({ orderId: id, lines: lineQuantities, holdMs: hold }),
    answer: reservationAnswer,
    rejections: ['out_of_stock', 'unknown_sku', 'reservation_released', 'undone'],
  },
  release: {
    method: 'POST',
    path: '/v1/reservations/:orderId/release',
    summary: 'Undo of reserve: give back what is reserved or committed, of one parcel or of the whole order',
    idempotent: true,
    params: orderParams,
    body: scope,
    answer: done,
  },
  renew: {
    method: 'POST',
    path: '/v1/reservations/:orderId/renew',
    summary:
      'Hold the reservation for another while, the later expiry stands; what expired meanwhile is reserved again, or the renewal is refused',
    idempotent: true,
    params: orderParams,
    body: z.strictObject({ holdMs: hold }),
    answer: reservationAnswer,
    rejections: ['out_of_stock', 'reservation_released', 'undone'],
  },
  reduce: {
    method: 'POST',
    path: '/v1/reservations/:orderId/reduce',
    summary: 'Lower the quantities of a reservation to these (a sku that is absent stays as it is)',
    idempotent: true,
    params: orderParams,
    body: z.strictObject({ lines: lineQuantities }),
    answer: reservationAnswer,
    rejections: ['reservation_released', 'undone'],
  },
  commit: {
    method: 'POST',
    path: '/v1/reservations/:orderId/commit',
    summary: 'Sell what is reserved; what expired meanwhile is reserved again first, or the commit is refused',
    idempotent: true,
    params: orderParams,
    body: done,
    answer: z.strictObject({ parcels: z.array(parcel) }),
    rejections: ['out_of_stock', 'reservation_released', 'undone'],
  },
  uncommit: {
    method: 'POST',
    path: '/v1/reservations/:orderId/uncommit',
    summary: 'Undo of commit: committed pieces are reserved again, of one parcel or of the whole order',
    idempotent: true,
    params: orderParams,
    body: scope,
    answer: done,
  },
  replace: {
    method: 'POST',
    path: '/v1/reservations/:orderId/replace',
    summary: 'Sell the lines of a lost parcel once more, from any one warehouse that has them all',
    idempotent: true,
    params: orderParams,
    body: z.strictObject({ lostShipmentId: shipmentId }),
    answer: z.strictObject({ parcel }),
    rejections: ['out_of_stock', 'reservation_released'],
  },
  restock: {
    method: 'POST',
    path: '/v1/restocks',
    summary:
      'Put sold pieces back: a parcel that came back whole, or lines of a return (taken from the parcels in order)',
    idempotent: true,
    body: z.strictObject({ orderId: id, shipmentId: shipmentId.optional(), lines: lineQuantities }),
    answer: done,
    rejections: ['return_exceeds_sold'],
  },
  getStock: {
    method: 'GET',
    path: '/v1/stock/:sku',
    summary: 'Stock of a sku; available: free to sell, committed: sold',
    params: z.strictObject({ sku: id }),
    answer: stockAnswer,
    rejections: ['not_found'],
  },
  putStock: {
    method: 'PUT',
    path: '/v1/stock/:sku',
    summary: 'Set what is free to sell in each of these warehouses; makes the sku known',
    params: z.strictObject({ sku: id }),
    body: z.strictObject({
      warehouses: z
        .array(z.strictObject({ warehouse: id, available: amount }))
        .min(1)
        .max(100)
        .refine((all) => new Set(all.map(({ warehouse }) => warehouse)).size === all.length, {
          message: 'must name each warehouse once',
        }),
    }),
    answer: stockAnswer,
  },
  listReservations: {
    method: 'GET',
    path: '/v1/reservations',
    summary: 'Reservations of an order, a line a parcel and sku',
    query: z.strictObject({ orderId: id.optional(), ...pageQuery }),
    answer: pageOf(
      z.strictObject({
        orderId: id,
        shipmentId,
        warehouse: id,
        sku: id,
        quantity: amount,
        restocked: amount,
        state: reservationState,
        expiresAt: time.optional(),
      }),
    ),
  },
});
