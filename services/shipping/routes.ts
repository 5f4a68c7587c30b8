import type { Handlers } from '../support/handlers.js';
import type { CarrierSimulator } from './carrier-simulator.js';
import type { shippingContract } from './contract.js';
import { book, cancel, list } from './store.js';
import type { ShippingTables } from './tables.js';

export function shippingHandlers(carrier?: CarrierSimulator): Handlers<typeof shippingContract, ShippingTables> {
  return {
    book: {
      handle: async ({ body }, tx) => {
        const { trackingNumber, isNew } = await book(tx, body);
        if (isNew && body.carrier === 'simulated') await carrier?.accept(tx, body.shipmentId);
        return trackingNumber === null ? {} : { trackingNumber };
      },
      reliesOn: ({ body }) => [bookingOf(body.shipmentId)],
    },

    cancel: {
      handle: async ({ params, body }, tx) => ({ status: await cancel(tx, params.shipmentId, body.orderId) }),
      undoes: ({ params }, { status }) => (status === 'cancelled' ? [bookingOf(params.shipmentId)] : []),
    },

    listShipments: ({ query }, db) => list(db, query),
  };
}

function bookingOf(shipmentId: string): string {
  return `booking ${shipmentId}`;
}
