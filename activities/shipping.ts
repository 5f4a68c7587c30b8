import type { ShippingClient } from '../services/shipping/client.js';
import type { InputOf } from './input.js';
import { serviceCall } from './service-call.js';

type Input<Name extends keyof ShippingClient> = InputOf<ShippingClient, Name>;

/** The activities that book parcels at the carrier and cancel them. */
export function shippingActivities(client: ShippingClient) {
  return {
    book: serviceCall(({ key, ...body }: Input<'book'>, call) => client.book({ key, body, ...call }), {
      afterUndo: 'booking_cancelled',
    }),
    cancel: serviceCall(({ key, shipmentId, ...body }: Input<'cancel'>, call) =>
      client.cancel({ key, params: { shipmentId }, body, ...call }),
    ),
  };
}
export type ShippingActivities = ReturnType<typeof shippingActivities>;
