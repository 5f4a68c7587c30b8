import type { Balance } from '../../contracts/order.js';
import { Rejection } from '../support/errors.js';
import { checkCard } from './cards.js';
import { Ledger, type Tx } from './ledger.js';

interface Authorized {
  authorizationId: string;
  balance: Balance;
}

/**
 * Holds an amount on a card. Each key makes an authorization of its own.
 *
 * @throws {Rejection} payment_voided (also after settle), fraud_rejected, payment_declined.
 */
export async function authorize(
  tx: Tx,
  key: string,
  body: { orderId: string; amount: number; currency: string; token: string; screen?: boolean | undefined },
): Promise<Authorized> {
  const ledger = await openLedger(tx, key, body.orderId);
  checkCard(body.token, body.screen === true);
  checkCurrency(ledger, body.currency);
  const { amount, currency, token } = body;
  const authorizationId = await ledger.authorize({ amount, currency, token });
  return { authorizationId, balance: ledger.balance };
}

/**
 * Takes down a payment that the provider reports. The same message of the provider again is the same authorization, under
 * whatever key.
 *
 * @throws {Rejection} payment_voided (also after settle, and of money that was given back), payment_declined (the order has another currency).
 */
export async function record(
  tx: Tx,
  key: string,
  body: { orderId: string; amount: number; currency: string; providerRef: string },
): Promise<Authorized> {
  const ledger = await openLedger(tx, key, body.orderId);
  const known = ledger.authorizations.find(({ provider_ref }) => provider_ref === body.providerRef);
  if (known) return { authorizationId: known.id, balance: ledger.balance };
  if (await ledger.hasPassedThrough(body.providerRef)) {
    throw new Rejection('payment_voided', `This payment of ${body.orderId} was given back already`);
  }
  checkCurrency(ledger, body.currency);
  const { amount, currency, providerRef } = body;
  const authorizationId = await ledger.authorize({ amount, currency, providerRef });
  return { authorizationId, balance: ledger.balance };
}

/**
 * Money that came late: recorded and given back in one, so that it is never held for an order that cannot use it, also after its end.
 *
 * @returns isOwn: this message is an authorization of the order, whose money goes the way of the order.
 */
export async function giveBack(
  tx: Tx,
  key: string,
  orderId: string,
  { amount, currency, providerRef }: { amount: number; currency: string; providerRef: string },
): Promise<{ isOwn: boolean; balance: Balance }> {
  const ledger = await Ledger.open(tx, orderId, key);
  const isOwn = ledger.authorizations.some((each) => each.provider_ref === providerRef);
  if (!isOwn) await ledger.passThrough(amount, currency, providerRef);
  return { isOwn, balance: ledger.balance };
}

/**
 * Undo of authorize: lets go of all that is held, and is a tombstone for the order; or of one authorization, and is none.
 */
export async function voidPayment(
  tx: Tx,
  key: string,
  orderId: string,
  authorizationId?: string,
): Promise<{ balance: Balance }> {
  const ledger = await Ledger.open(tx, orderId, key);
  if (authorizationId === undefined) {
    await ledger.letGo('void', ledger.held);
    await ledger.set({ voided: true });
  } else {
    const one = ledger.authorizations.filter(({ id }) => id === authorizationId);
    await ledger.letGo('void', one[0]?.held ?? 0, one);
  }
  return { balance: ledger.balance };
}

async function openLedger(tx: Tx, key: string, orderId: string): Promise<Ledger> {
  const ledger = await Ledger.open(tx, orderId, key);
  const { voided, settled } = ledger.payment;
  if (voided || settled) {
    throw new Rejection(
      'payment_voided',
      `The payment of ${orderId} was ${voided ? 'voided' : 'settled'}: nothing is held for it any more`,
    );
  }
  return ledger;
}

/** An order has one currency: that of its first authorization. */
function checkCurrency(ledger: Ledger, currency: string): void {
  const { currency: before, order_id } = ledger.payment;
  if (ledger.authorizations.length > 0 && before !== currency) {
    throw new Rejection('payment_declined', `The payment of ${order_id} is in ${before}, not in ${currency}`);
  }
}
