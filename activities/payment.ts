import type { Balance } from '../contracts/order.js';
import type { PaymentClient } from '../services/payment/client.js';
import type { InputOf } from './input.js';
import { serviceCall } from './service-call.js';

type Input<Name extends keyof PaymentClient> = InputOf<PaymentClient, Name>;

/** The balance alone, without sums of 0. Every answer stays in the run's history, so leave out what the run does not use. */
function kept({ balance }: { balance: Balance }): Partial<Balance> {
  return Object.fromEntries(Object.entries(balance).filter(([, sum]) => sum !== 0));
}

/** Sums of one subject: a parcel, a return, or the whole order. */
export interface Taken {
  subject: string;
  captured: number;
  refunded: number;
}

/** The activities that screen, authorize, capture and give back the money of an order. */
export function paymentActivities(client: PaymentClient) {
  return {
    screen: serviceCall(({ key, ...body }: Input<'screen'>, call) => client.screen({ key, body, ...call })),
    authorize: serviceCall(
      async ({ key, ...body }: Input<'authorize'>, call) => kept(await client.authorize({ key, body, ...call })),
      // A payment of the provider is rejected with it, too, once it was given back.
      { afterUndo: 'payment_voided' },
    ),
    record: serviceCall(async ({ key, ...body }: Input<'record'>, call) => {
      const { authorizationId, ...answer } = await client.record({ key, body, ...call });
      return { authorizationId, ...kept(answer) };
    }),
    giveBack: serviceCall(async ({ key, orderId, ...body }: Input<'giveBack'>, call) => {
      const { isOwn } = await client.giveBack({ key, params: { orderId }, body, ...call });
      return { isOwn };
    }),
    void: serviceCall(async ({ key, orderId, ...body }: Input<'void'>, call) =>
      kept(await client.void({ key, params: { orderId }, body, ...call })),
    ),
    reduce: serviceCall(async ({ key, orderId, ...body }: Input<'reduce'>, call) =>
      kept(await client.reduce({ key, params: { orderId }, body, ...call })),
    ),
    capture: serviceCall(async ({ key, orderId, ...body }: Input<'capture'>, call) =>
      kept(await client.capture({ key, params: { orderId }, body, ...call })),
    ),
    refund: serviceCall(async ({ key, orderId, ...body }: Input<'refund'>, call) =>
      kept(await client.refund({ key, params: { orderId }, body, ...call })),
    ),
    /** What the service has captured and refunded for each subject. */
    taken: serviceCall(async ({ orderId }: { key: string; orderId: string }, call): Promise<Taken[]> => {
      const { items } = await client.listPayments({ query: { orderId }, signal: call.signal });
      const taken = new Map<string, Taken>();
      for (const { kind, amount, subject = orderId } of items[0]?.operations ?? []) {
        if (kind !== 'capture' && kind !== 'refund') continue;
        const sums = taken.get(subject) ?? { subject, captured: 0, refunded: 0 };
        taken.set(subject, sums);
        sums[kind === 'capture' ? 'captured' : 'refunded'] += amount;
      }
      return [...taken.values()];
    }),
    settle: serviceCall(async ({ key, orderId }: Input<'settle'>, call) =>
      kept(await client.settle({ key, params: { orderId }, body: {}, ...call })),
    ),
  };
}
export type PaymentActivities = ReturnType<typeof paymentActivities>;
