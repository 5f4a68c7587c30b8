import { Rejection } from '../support/errors.js';
import { checkCard } from './cards.js';
import type { Ledger } from './ledger.js';

/**
 * Holds an amount on a card. Each call makes a new authorization.
 *
 * @throws {Rejection} payment_voided (also after settle), fraud_rejected, payment_declined.
 */
export function authorize(
  ledger: Ledger,
  body: { amount: number; currency: string; token: string; screen?: boolean | undefined },
) {
  checkOpen(ledger);
  checkCard(body.token, body.screen === true);
  checkCurrency(ledger, body.currency);
  return { authorizationId: ledger.authorize(body) };
}

/**
 * Records a payment that the provider reports. The same message of the provider is the same authorization, also under another
 * idempotency key.
 *
 * @throws {Rejection} payment_voided (also after settle, and if the money was given back), payment_declined (the order has another currency).
 */
export function record(ledger: Ledger, body: { amount: number; currency: string; providerRef: string }) {
  checkOpen(ledger);
  const known = ledger.recorded(body.providerRef);
  if (known) return { authorizationId: known.id };
  if (ledger.hasPassedThrough(body.providerRef)) {
    throw new Rejection('payment_voided', `This payment of ${ledger.payment.order_id} was given back already`);
  }
  checkCurrency(ledger, body.currency);
  return { authorizationId: ledger.authorize(body) };
}

/**
 * Records late money and gives it back at once, so that it is never held for an order that cannot use it. Works after the end of the
 * order, too.
 *
 * @returns isOwn: whether the message is an authorization of the order, whose money is not given back here.
 */
export function giveBack(
  ledger: Ledger,
  { amount, currency, providerRef }: { amount: number; currency: string; providerRef: string },
) {
  const isOwn = ledger.recorded(providerRef) !== undefined;
  if (!isOwn) ledger.passThrough(amount, currency, providerRef);
  return { isOwn };
}

/**
 * The undo of authorize: releases all held money. It leaves a tombstone: nothing can be authorized for the order afterwards. With an
 * authorization id it releases that authorization alone, and leaves none.
 */
export function voidPayment(ledger: Ledger, authorizationId?: string): void {
  if (authorizationId === undefined) {
    ledger.release('void', ledger.held);
    ledger.payment.voided = true;
  } else {
    const one = ledger.authorizations.filter(({ id }) => id === authorizationId);
    ledger.release('void', one[0]?.held ?? 0, one);
  }
}

/**
 * Lowers the held money to an amount.
 *
 * @throws {Rejection} capture_refused if less is held: the order could not be paid.
 */
export function reduce(ledger: Ledger, amount: number): void {
  checkHeld(ledger, amount);
  ledger.release('release', ledger.held - amount);
}

/**
 * Captures held money. An amount of 0 needs none.
 *
 * @throws {Rejection} capture_refused if less is held, or the payment was voided or settled.
 */
export function capture(ledger: Ledger, { amount, shipmentId }: { amount: number; shipmentId: string }): void {
  const ended = endOf(ledger);
  if (ended) throw new Rejection('capture_refused', ended);
  checkHeld(ledger, amount);
  ledger.capture(amount, shipmentId);
}

/** @throws {Rejection} refund_exceeds_captured. */
export function refund(ledger: Ledger, { amount, subject }: { amount: number; subject: string }): void {
  const { order_id, captured, refunded } = ledger.payment;
  const left = captured - refunded;
  if (amount > left) {
    throw new Rejection('refund_exceeds_captured', `${order_id} can refund ${left}, which is less than ${amount}`);
  }
  ledger.refund(amount, subject);
}

/** Releases what was not captured. Afterwards only refunds are possible. */
export function settle(ledger: Ledger): void {
  ledger.release('release', ledger.held);
  ledger.payment.settled = true;
}

function endOf({ payment: { order_id, voided, settled } }: Ledger): string | undefined {
  return voided || settled ? `The payment of ${order_id} was ${voided ? 'voided' : 'settled'}` : undefined;
}

function checkOpen(ledger: Ledger): void {
  const ended = endOf(ledger);
  if (ended) throw new Rejection('payment_voided', `${ended}: nothing can be authorized any more`);
}

/** An order has one currency: that of its first authorization. */
function checkCurrency({ authorizations, payment: { currency: known, order_id } }: Ledger, currency: string): void {
  if (authorizations.length > 0 && known !== currency) {
    throw new Rejection('payment_declined', `The payment of ${order_id} is in ${known}, not in ${currency}`);
  }
}

function checkHeld({ held, payment }: Ledger, amount: number): void {
  if (amount <= held) return;
  throw new Rejection('capture_refused', `${payment.order_id} holds ${held}, which is less than ${amount}`);
}
