import type { Balance } from '../../contracts/order.js';
import type { Db } from '../support/database.js';
import { orderIdOf, type AboutOrder, type Handlers } from '../support/handlers.js';
import type { Outcome, Read } from '../support/idempotency.js';
import { failIfFlaky, waitForCard } from './cards.js';
import { changes } from './changes.js';
import type { paymentContract } from './contract.js';
import { Ledger } from './ledger.js';
import { listPayments } from './list-payments.js';
import { dailyLimit, screen, screenedBefore, setDailyLimit } from './screening.js';

/** The effect of authorize and record. */
const hold = (request: AboutOrder) => [`hold ${orderIdOf(request)}`];

/**
 * Reads the money of an order, changes it in memory, and stores the change. The answer has the balance, and what `act` returns.
 *
 * @param network calls the card network before the change. The money is read again if that took long: `true`.
 */
function change<Request extends AboutOrder & { key: string }, Answer extends object | void>(
  act: (ledger: Ledger, request: Request) => Answer,
  network?: (ledger: Ledger, request: NoInfer<Request>, db: Db) => Promise<boolean | void>,
) {
  return async (request: Request, read: Read, db: Db): Promise<Outcome<Answer & { balance: Balance }>> => {
    const open = () => Ledger.open(read, orderIdOf(request), request.key);
    let ledger = await open();
    if (await network?.(ledger, request, db)) ledger = await open();
    const answer = { ...act(ledger, request), balance: ledger.balance } as Answer & { balance: Balance };
    return { answer, effect: ledger.effect };
  };
}

/** Calls the network of a card that the order has already used. */
function atTheCard(operation: 'void' | 'reduce' | 'capture' | 'refund' | 'settle') {
  return ({ tokens, payment }: Ledger, _: AboutOrder, db: Db) =>
    failIfFlaky(db, { orderId: payment.order_id, operation, tokens });
}

export const paymentHandlers: Handlers<typeof paymentContract> = {
  screen: {
    decide: async ({ body }, read, db) => {
      const before = await read(screenedBefore(body));
      await failIfFlaky(db, { orderId: body.orderId, operation: 'screen', tokens: [body.token] });
      return screen(body, before);
    },
  },
  authorize: {
    decide: change(changes.authorize, async (_, { body: { orderId, token } }, db) => {
      await failIfFlaky(db, { orderId, operation: 'authorize', tokens: [token] });
      return waitForCard(token);
    }),
    reliesOn: hold,
  },
  record: {
    decide: change(changes.record),
    reliesOn: hold,
  },
  void: {
    decide: change(changes.void, atTheCard('void')),
    undoes: (request) => (request.body.authorizationId === undefined ? hold(request) : []),
  },
  reduce: {
    decide: change(changes.reduce, atTheCard('reduce')),
    reliesOn: hold,
  },
  capture: {
    decide: change(changes.capture, atTheCard('capture')),
    reliesOn: hold,
  },
  giveBack: { decide: change(changes.giveBack) },
  refund: { decide: change(changes.refund, atTheCard('refund')) },
  settle: { decide: change(changes.settle, atTheCard('settle')) },
  listPayments,
  getScreening: async (_, db) => ({ dailyLimit: await dailyLimit(db) }),
  putScreening: async ({ body }, db) => {
    await setDailyLimit(db, body.dailyLimit);
    return { dailyLimit: body.dailyLimit };
  },
};
