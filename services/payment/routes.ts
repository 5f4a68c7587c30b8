import type { Kysely } from 'kysely';
import type { Handler, Handlers } from '../support/handlers.js';
import { authorize, giveBack, record } from './authorize.js';
import { capture, refund } from './capture.js';
import { failIfFlaky, tokenOfOrder, waitForCard } from './cards.js';
import type { paymentContract } from './contract.js';
import { Ledger } from './ledger.js';
import { listPayments } from './list-payments.js';
import { reduce, settle, voidPayment } from './release.js';
import { dailyLimit, screen, setDailyLimit } from './screening.js';
import type { PaymentTables } from './tables.js';

type Contract = typeof paymentContract;
/** Operations on a card that the order has already used. */
type LaterOperation = 'void' | 'reduce' | 'capture' | 'refund' | 'settle';

/** Calls the card network before the transaction: the network may be slow or fail, and must not keep a lock. */
function atTheCard<Name extends LaterOperation>(operation: Name, handle: Handler<Contract[Name], PaymentTables>) {
  return {
    prepare: async ({ params: { orderId } }: { params: { orderId: string } }, db: Kysely<PaymentTables>) =>
      failIfFlaky(db, { orderId, operation, token: await tokenOfOrder(db, orderId) }),
    handle,
  };
}

function ledgerOf(request: { params: { orderId: string }; key: string }, tx: Kysely<PaymentTables>): Promise<Ledger> {
  return Ledger.open(tx, request.params.orderId, request.key);
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
    handle: async ({ body, key }, tx) => authorize(await Ledger.open(tx, body.orderId, key), body),
    reliesOn: ({ body }) => [holdOf(body.orderId)],
  },
  record: {
    handle: async ({ body, key }, tx) => record(await Ledger.open(tx, body.orderId, key), body),
    reliesOn: ({ body }) => [holdOf(body.orderId)],
  },
  void: {
    ...atTheCard('void', async (request, tx) => voidPayment(await ledgerOf(request, tx), request.body.authorizationId)),
    undoes: ({ params, body }) => (body.authorizationId === undefined ? [holdOf(params.orderId)] : []),
  },
  reduce: {
    ...atTheCard('reduce', async (request, tx) => reduce(await ledgerOf(request, tx), request.body.amount)),
    reliesOn: ({ params }) => [holdOf(params.orderId)],
  },
  capture: {
    ...atTheCard('capture', async (request, tx) => capture(await ledgerOf(request, tx), request.body)),
    reliesOn: ({ params }) => [holdOf(params.orderId)],
  },
  giveBack: async (request, tx) => giveBack(await ledgerOf(request, tx), request.body),
  refund: atTheCard('refund', async (request, tx) => refund(await ledgerOf(request, tx), request.body)),
  settle: atTheCard('settle', async (request, tx) => settle(await ledgerOf(request, tx))),
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
