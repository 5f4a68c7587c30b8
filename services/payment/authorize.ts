import type { Balance } from '../../contracts/order.js';
import { Rejection } from '../support/errors.js';
import { checkCard } from './cards.js';
import type { Ledger } from './ledger.js';

interface Authorized {
  authorizationId: string;
  balance: Balance;
}

/**
 * Holds an amount on a card. Each call makes a new authorization.
 *
 * @throws {Rejection} payment_voided (also after settle), fraud_rejected, payment_declined.
 */
export async function authorize(
  ledger: Ledger,
  body: { amount: number; currency: string; token: string; screen?: boolean | undefined },
): Promise<Authorized> {
  checkOpen(ledger);
  checkCard(body.token, body.screen === true);
  checkCurrency(ledger, body.currency);
  const authorizationId = await ledger.authorize(body);
  return { authorizationId, balance: ledger.balance };
}

/**
 * Records a payment that the provider reports. The same message of the provider is the same authorization, also under another
 * idempotency key.
 *
 * @throws {Rejection} payment_voided (also after settle, and if the money was given back), payment_declined (the order has another currency).
 */
export async function record(
  ledger: Ledger,
  body: { amount: number; currency: string; providerRef: string },
): Promise<Authorized> {
  checkOpen(ledger);
  const known = ledger.authorizations.find(({ provider_ref }) => provider_ref === body.providerRef);
  if (known) return { authorizationId: known.id, balance: ledger.balance };
  if (await ledger.hasPassedThrough(body.providerRef)) {
    throw new Rejection('payment_voided', `This payment of ${ledger.payment.order_id} was given back already`);
  }
  checkCurrency(ledger, body.currency);
  const authorizationId = await ledger.authorize(body);
  return { authorizationId, balance: ledger.balance };
}

/**
 * Records late money and gives it back at once, so that it is never held for an order that cannot use it. Works after the end of the
 * order, too.
 *
 * @returns isOwn: whether the message is an authorization of the order, whose money is not given back here.
 */
export async function giveBack(
  ledger: Ledger,
  { amount, currency, providerRef }: { amount: number; currency: string; providerRef: string },
): Promise<{ isOwn: boolean; balance: Balance }> {
  const isOwn = ledger.authorizations.some((each) => each.provider_ref === providerRef);
  if (!isOwn) await ledger.passThrough(amount, currency, providerRef);
  return { isOwn, balance: ledger.balance };
}

function checkOpen({ payment: { order_id, voided, settled } }: Ledger): void {
  if (voided || settled) {
    throw new Rejection(
      'payment_voided',
      `The payment of ${order_id} was ${voided ? 'voided' : 'settled'}: nothing can be authorized any more`,
    );
  }
}

/** An order has one currency: that of its first authorization. */
function checkCurrency(ledger: Ledger, currency: string): void {
  const { currency: known, order_id } = ledger.payment;
  if (ledger.authorizations.length > 0 && known !== currency) {
    throw new Rejection('payment_declined', `The payment of ${order_id} is in ${known}, not in ${currency}`);
  }
}
