import type { PaymentClient } from '../services/payment/client.js';
import type { Balance } from '../services/payment/contract.js';
import type { InputOf } from './input.js';
import { serviceCall } from './service-call.js';

type Input<Name extends keyof PaymentClient> = InputOf<PaymentClient, Name>;

/** The run keeps every answer in its history for good: sums of 0 stay out, as all else that it does not use. */
function kept({ balance }: { balance: Balance }): Partial<Balance> {
  return Object.fromEntries(Object.entries(balance).filter(([, sum]) => sum !== 0));
}

/** Money of an order: screened, held, taken, given back. */
export function paymentActivities(client: PaymentClient) {
  return {
    screen: serviceCall(({ key, ...body }: Input<'screen'>, signal) => client.screen({ key, body, signal })),
    authorize: serviceCall(async ({ key, ...body }: Input<'authorize'>, signal) =>
      kept(await client.authorize({ key, body, signal })),
    ),
    record: serviceCall(async ({ key, ...body }: Input<'record'>, signal) => {
      const { authorizationId, ...answer } = await client.record({ key, body, signal });
      return { authorizationId, ...kept(answer) };
    }),
    void: serviceCall(async ({ key, orderId, ...body }: Input<'void'>, signal) =>
      kept(await client.void({ key, params: { orderId }, body, signal })),
    ),
    reduce: serviceCall(async ({ key, orderId, ...body }: Input<'reduce'>, signal) =>
      kept(await client.reduce({ key, params: { orderId }, body, signal })),
    ),
    capture: serviceCall(async ({ key, orderId, ...body }: Input<'capture'>, signal) =>
      kept(await client.capture({ key, params: { orderId }, body, signal })),
    ),
    refund: serviceCall(async ({ key, orderId, ...body }: Input<'refund'>, signal) =>
      kept(await client.refund({ key, params: { orderId }, body, signal })),
    ),
    settle: serviceCall(async ({ key, orderId }: Input<'settle'>, signal) =>
      kept(await client.settle({ key, params: { orderId }, body: {}, signal })),
    ),
  };
}
export type PaymentActivities = ReturnType<typeof paymentActivities>;
