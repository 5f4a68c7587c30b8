import type { PaymentClient } from '../services/payment/client.js';
import type { InputOf } from './input.js';
import { serviceCall } from './service-call.js';

type Input<Name extends keyof PaymentClient> = InputOf<PaymentClient, Name>;

/** Money of an order: screened, held, taken, given back. */
export function paymentActivities(client: PaymentClient) {
  return {
    screen: serviceCall(({ key, ...body }: Input<'screen'>, signal) => client.screen({ key, body, signal })),
    authorize: serviceCall(async ({ key, ...body }: Input<'authorize'>, signal) => {
      const { balance } = await client.authorize({ key, body, signal });
      return { balance };
    }),
    record: serviceCall(({ key, ...body }: Input<'record'>, signal) => client.record({ key, body, signal })),
    void: serviceCall(({ key, orderId, ...body }: Input<'void'>, signal) =>
      client.void({ key, params: { orderId }, body, signal }),
    ),
    reduce: serviceCall(({ key, orderId, ...body }: Input<'reduce'>, signal) =>
      client.reduce({ key, params: { orderId }, body, signal }),
    ),
    capture: serviceCall(({ key, orderId, ...body }: Input<'capture'>, signal) =>
      client.capture({ key, params: { orderId }, body, signal }),
    ),
    refund: serviceCall(({ key, orderId, ...body }: Input<'refund'>, signal) =>
      client.refund({ key, params: { orderId }, body, signal }),
    ),
    settle: serviceCall(({ key, orderId }: Input<'settle'>, signal) =>
      client.settle({ key, params: { orderId }, body: {}, signal }),
    ),
  };
}
export type PaymentActivities = ReturnType<typeof paymentActivities>;
