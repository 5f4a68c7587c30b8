import type { Kysely } from 'kysely';
import type { Handler, Handlers } from '../support/handlers.js';
import { authorize, giveBack, record, voidPayment } from './authorize.js';
import { capture, reduce, refund, settle } from './capture.js';
import { failIfFlaky, tokenOfOrder, waitForCard } from './cards.js';
import type { paymentContract } from './contract.js';
import { listPayments } from './list-payments.js';
import { dailyLimit, screen, setDailyLimit } from './screening.js';
import type { PaymentTables } from './tables.js';

type Contract = typeof paymentContract;
/** Operations on what the order's card holds or held. */
type Later = 'void' | 'reduce' | 'capture' | 'refund' | 'settle';

/** What the card network does stands before the transaction: it may take long, or fail, and both leave no lock behind. */
function atTheCard<Name extends Later>(operation: Name, handle: Handler<Contract[Name], PaymentTables>) {
  return {
    prepare: async ({ params: { orderId } }: { params: { orderId: string } }, db: Kysely<PaymentTables>) =>
      failIfFlaky(db, { orderId, operation, token: await tokenOfOrder(db, orderId) }),
    handle,
  };
}

export const paymentHandlers: Handlers<Contract, PaymentTables> = {
  screen: {
    prepare: ({ body: { orderId, token } }, db) => failIfFlaky(db, { orderId, operation: 'screen', token }),
    handle: ({ body }, tx) => screen(tx, body),
  },
  authorize: {
    prepare: async ({ body: { orderId, token } }, db) => {
      await failIfFlaky(db, { orderId, operation: 'authorize', token });
      await waitForCard(token);
    },
    handle: ({ body, key }, tx) => authorize(tx, key, body),
    stands: ({ body }) => [holdOf(body.orderId)],
  },
  record: { handle: ({ body, key }, tx) => record(tx, key, body), stands: ({ body }) => [holdOf(body.orderId)] },
  void: {
    ...atTheCard('void', ({ params, body, key }, tx) => voidPayment(tx, key, params.orderId, body.authorizationId)),
    undoes: ({ params, body }) => (body.authorizationId === undefined ? [holdOf(params.orderId)] : []),
  },
  reduce: {
    ...atTheCard('reduce', ({ params, body, key }, tx) => reduce(tx, key, params.orderId, body.amount)),
    stands: ({ params }) => [holdOf(params.orderId)],
  },
  capture: {
    ...atTheCard('capture', ({ params, body, key }, tx) => capture(tx, key, params.orderId, body)),
    stands: ({ params }) => [holdOf(params.orderId)],
  },
  giveBack: ({ params, body, key }, tx) => giveBack(tx, key, params.orderId, body),
  refund: atTheCard('refund', ({ params, body, key }, tx) => refund(tx, key, params.orderId, body)),
  settle: atTheCard('settle', ({ params, key }, tx) => settle(tx, key, params.orderId)),
  listPayments: ({ query }, db) => listPayments(db, query),
  getScreening: async (_, db) => ({ dailyLimit: await dailyLimit(db) }),
  putScreening: async ({ body }, db) => {
    await setDailyLimit(db, body.dailyLimit);
    return { dailyLimit: body.dailyLimit };
  },
};

function holdOf(orderId: string): string {
  return `hold ${orderId}`;
}
