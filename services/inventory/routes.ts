import type { Db } from '../support/database.js';
import { orderIdOf, type AboutOrder, type Handlers } from '../support/handlers.js';
import { Busy, type Outcome, type Read } from '../support/idempotency.js';
import { changes } from './changes.js';
import type { inventoryContract } from './contract.js';
import { expireHolders } from './expiry.js';
import { listReservations } from './list-reservations.js';
import type { OrderPieces } from './order-pieces.js';
import { getStock, putStock } from './stock.js';
import { effectOf, readOrder } from './store.js';
import type { Line } from './tables.js';

/** The effects of reserve and of commit. */
const reservation = (request: AboutOrder) => [`reservation ${orderIdOf(request)}`];
const sale = (request: AboutOrder) => [`sale ${orderIdOf(request)}`];

/** Reads an order, changes it in memory, and stores the change. */
function change<Request extends AboutOrder, Answer>(act: (order: OrderPieces, request: Request) => Answer) {
  return async (request: Request, read: Read, db: Db): Promise<Outcome<Answer>> => {
    const { lines }: { lines?: Line[] } = request.body;
    const order = await readOrder(read, orderIdOf(request), lines);
    const isMore = async () => order.short.length > 0 && (await expireHolders(db, order));
    try {
      const answer = act(order, request);
      if (!(await isMore())) return { answer, effect: effectOf(order) };
    } catch (error) {
      if (!(await isMore())) throw error;
    }
    throw new Busy('Other orders have given back what they held too long');
  };
}

export const inventoryHandlers: Handlers<typeof inventoryContract> = {
  reserve: {
    decide: change(changes.reserve),
    reliesOn: reservation,
  },
  release: {
    decide: change(changes.release),
    // Releasing one parcel does not undo the reservation.
    undoes: (request) => {
      const { shipmentId, replacementOf } = request.body;
      return shipmentId === undefined && replacementOf === undefined ? reservation(request) : [];
    },
  },
  renew: {
    decide: change(changes.renew),
    reliesOn: reservation,
  },
  reduce: {
    decide: change(changes.reduce),
    reliesOn: reservation,
  },
  commit: {
    decide: change(changes.commit),
    reliesOn: (request) => [...reservation(request), ...sale(request)],
  },
  uncommit: {
    decide: change(changes.uncommit),
    undoes: (request) => (request.body.shipmentId === undefined ? sale(request) : []),
  },
  replace: { decide: change(changes.replace) },
  stopReplacing: { decide: change(changes.stopReplacing) },
  restock: { decide: change(changes.restock) },
  getStock: ({ params }, db) => getStock(db, params.sku),
  putStock: ({ params, body }, db) => putStock(db, params.sku, body.warehouses),
  listReservations,
};
