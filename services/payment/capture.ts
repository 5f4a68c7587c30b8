import type { Balance } from '../../contracts/order.js';
import { Rejection } from '../support/errors.js';
import type { Ledger } from './ledger.js';

/**
 * Captures held money. An amount of 0 needs none.
 *
 * @throws {Rejection} capture_refused if less is held, or the payment was voided or settled.
 */
export async function capture(
  ledger: Ledger,
  { amount, shipmentId }: { amount: number; shipmentId: string },
): Promise<{ balance: Balance }> {
  const { order_id, voided, settled } = ledger.payment;
  if (voided || settled) {
    throw new Rejection('capture_refused', `The payment of ${order_id} was ${voided ? 'voided' : 'settled'}`);
  }
  checkHeld(ledger, amount);
  await ledger.capture(amount, shipmentId);
  return { balance: ledger.balance };
}

/** @throws {Rejection} refund_exceeds_captured. */
export async function refund(
  ledger: Ledger,
  { amount, subject }: { amount: number; subject: string },
): Promise<{ balance: Balance }> {
  const { order_id, captured, refunded } = ledger.payment;
  const left = captured - refunded;
  if (amount > left) {
    throw new Rejection('refund_exceeds_captured', `${order_id} can refund ${left}, which is less than ${amount}`);
  }
  await ledger.refund(amount, subject);
  return { balance: ledger.balance };
}

/** @throws {Rejection} capture_refused if less than the amount is held. */
export function checkHeld({ held, payment }: Ledger, amount: number): void {
  if (amount <= held) return;
  throw new Rejection('capture_refused', `${payment.order_id} holds ${held}, which is less than ${amount}`);
}
