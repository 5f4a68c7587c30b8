import type { Handlers } from '../support/handlers.js';
import type { CarrierSimulator } from './carrier-simulator.js';
import type { shippingContract } from './contract.js';
import { book, bookingOf, bookings, cancel } from './store.js';

export function shippingHandlers(carrier?: CarrierSimulator): Handlers<typeof shippingContract> {
  return {
    book: {
      decide: async ({ body }, read) => {
        const outcome = book(await read(bookingOf(body.shipmentId)), body);
        return body.carrier === 'simulated' && carrier ? carrier.accept(outcome) : outcome;
      },
      reliesOn: ({ body }) => [effectOf(body.shipmentId)],
    },

    cancel: {
      decide: async ({ params: { shipmentId }, body }, read) =>
        cancel(await read(bookingOf(shipmentId)), shipmentId, body.orderId),
      undoes: ({ params }, { status }) => (status === 'cancelled' ? [effectOf(params.shipmentId)] : []),
    },

    listShipments: bookings,
  };
}

function effectOf(shipmentId: string): string {
  return `booking ${shipmentId}`;
}
