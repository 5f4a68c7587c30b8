import { z } from 'zod';
import { allocation, amount, id, lineQuantities, quantity, shipmentId, time } from '../../contracts/values.schema.js';
import { changing, operations } from '../support/operation.js';
import { listOf } from '../support/pages.schema.js';

/** Milliseconds, at most twenty years. No deadline of an order is longer. */
const hold = z.int().positive().max(630_720_000_000);

/** What one warehouse sends in one parcel. */
const parcel = z.strictObject({
  /** `<orderId>-<warehouse>`; a replacement's ends in `-2`, `-3`. */
  shipmentId,
  ...allocation.shape,
});
export interface AllocatedParcel extends z.infer<typeof parcel> {}

const reservationAnswer = z.strictObject({
  /** Sorted by warehouse. */
  parcels: z.array(parcel),
  /** Lines that are reserved in part, with at least one piece. */
  short: z.array(z.strictObject({ sku: id, wanted: quantity, reserved: quantity })),
  /** When the reservation expires, unless it is renewed or committed before. */
  expiresAt: time,
});
export type ReservationAnswer = z.infer<typeof reservationAnswer>;

const reservationState = z.enum(['reserved', 'committed', 'released', 'expired']);

const orderParams = z.strictObject({ orderId: id });
/** Has no upper limit, because returned pieces are added to the quantity that was set. */
const pieces = z.int().min(0);
const stockLevel = z.strictObject({ warehouse: id, available: pieces, reserved: pieces, committed: pieces });
const stockAnswer = z.strictObject({ sku: id, warehouses: z.array(stockLevel) });
const done = z.strictObject({});
/** Without a shipmentId: the whole order. */
const scope = z.strictObject({ shipmentId: shipmentId.optional() });
/** With `replacementOf`: what was sold again for that lost parcel, whatever its id. */
const releaseScope = scope.extend({ replacementOf: shipmentId.optional() });

/**
 * The stock of each sku in each warehouse, and what orders hold of it. An undo with nothing to undo succeeds. A call that arrives after its
 * undo is rejected with `reservation_released`, or with `undone` when another run undid it.
 */
export const inventoryContract = operations({
  reserve: {
    ...changing,
    path: '/v1/reservations',
    summary: 'Reserve each line: all of it, or what is in stock; rejected when a line has no stock at all',
    body: z.strictObject({ orderId: id, lines: lineQuantities, holdMs: hold }),
    answer: reservationAnswer,
    rejections: ['out_of_stock', 'unknown_sku', 'reservation_released', 'undone'],
  },
  release: {
    ...changing,
    path: '/v1/reservations/:orderId/release',
    summary:
      'Undo of reserve and of replace: free what is reserved or committed, for one parcel, for the replacement of a lost one, or for the whole order',
    params: orderParams,
    body: releaseScope,
    answer: done,
  },
  renew: {
    ...changing,
    path: '/v1/reservations/:orderId/renew',
    summary:
      'Extend the reservation; the later expiry counts. What has expired is reserved again, or the call is rejected',
    params: orderParams,
    body: z.strictObject({ holdMs: hold }),
    answer: reservationAnswer,
    rejections: ['out_of_stock', 'reservation_released', 'undone'],
  },
  reduce: {
    ...changing,
    path: '/v1/reservations/:orderId/reduce',
    summary: 'Lower the quantities of a reservation to these; a sku that is absent stays as it is',
    params: orderParams,
    body: z.strictObject({ lines: lineQuantities }),
    answer: reservationAnswer,
    rejections: ['reservation_released', 'undone'],
  },
  commit: {
    ...changing,
    path: '/v1/reservations/:orderId/commit',
    summary: 'Sell what is reserved. What has expired is reserved again first, or the call is rejected',
    params: orderParams,
    body: done,
    answer: z.strictObject({ parcels: z.array(parcel) }),
    rejections: ['out_of_stock', 'reservation_released', 'undone'],
  },
  uncommit: {
    ...changing,
    path: '/v1/reservations/:orderId/uncommit',
    summary: 'Undo of commit: committed pieces become reserved again, for one parcel or for the whole order',
    params: orderParams,
    body: scope,
    answer: done,
  },
  replace: {
    ...changing,
    path: '/v1/reservations/:orderId/replace',
    summary: 'Sell the lines of a lost parcel again, from one warehouse that has all of them',
    params: orderParams,
    body: z.strictObject({ lostShipmentId: shipmentId }),
    answer: z.strictObject({ parcel }),
    rejections: ['out_of_stock', 'reservation_released'],
  },
  stopReplacing: {
    ...changing,
    path: '/v1/reservations/:orderId/stop-replacing',
    summary:
      'Sell nothing again for a lost parcel from now on, and answer the parcel that was sold again for it before',
    params: orderParams,
    body: z.strictObject({ lostShipmentId: shipmentId }),
    answer: z.strictObject({ parcel: parcel.optional() }),
  },
  restock: {
    ...changing,
    path: '/v1/restocks',
    summary:
      'Put sold pieces back into stock, each once: a whole parcel that came back, or lines of a return (taken from the parcels in order)',
    body: z.strictObject({ orderId: id, shipmentId: shipmentId.optional(), lines: lineQuantities }),
    answer: done,
    rejections: ['return_exceeds_sold'],
  },
  getStock: {
    method: 'GET',
    path: '/v1/stock/:sku',
    summary: 'The stock of a sku. available: free to sell; committed: sold',
    params: z.strictObject({ sku: id }),
    answer: stockAnswer,
    rejections: ['not_found'],
  },
  putStock: {
    method: 'PUT',
    path: '/v1/stock/:sku',
    summary: 'Set what is free to sell in these warehouses, and create the sku if it is new',
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
  listReservations: listOf(
    '/v1/reservations',
    'Reservations: one item for each parcel and sku',
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
});
