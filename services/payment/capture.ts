import type { Balance } from '../../contracts/order.js';
import { Rejection } from '../support/errors.js';
import { Ledger, type Tx } from './ledger.js';

interface Answer {
  balance: Balance;
}

/** @throws {Rejection} capture_refused when less is held, or the payment was voided or settled. An amount of 0 needs nothing held. */
export async function capture(
  tx: Tx,
  key: string,
  orderId: string,
  { amount, shipmentId }: { amount: number; shipmentId: string },
): Promise<Answer> {
  const ledger = await Ledger.open(tx, orderId, key);
  const { voided, settled } = ledger.payment;
  if (voided || settled) throw refused(`The payment of ${orderId} was ${voided ? 'voided' : 'settled'}`);
  if (amount > ledger.held) throw refused(`${orderId} holds ${ledger.held}, which is less than ${amount}`);
  await ledger.capture(amount, shipmentId);
  return { balance: ledger.balance };
}

/** @throws {Rejection} refund_exceeds_captured */
export async function refund(
  tx: Tx,
  key: string,
  orderId: string,
  { amount, subject }: { amount: number; subject: string },
): Promise<Answer> {
  const ledger = await Ledger.open(tx, orderId, key);
  const left = ledger.payment.captured - ledger.payment.refunded;
  if (amount > left) {
    throw new Rejection(
      'refund_exceeds_captured',
      `${orderId} has ${left} captured and not refunded, less than ${amount}`,
    );
  }
  await ledger.refund(amount, subject);
  return { balance: ledger.balance };
}

/** Lowers what is held. @throws {Rejection} capture_refused when less than that is held: it would not do for the order. */
export async function reduce(tx: Tx, key: string, orderId: string, amount: number): Promise<Answer> {
  const ledger = await Ledger.open(tx, orderId, key);
  if (ledger.held < amount) throw refused(`${orderId} holds ${ledger.held}, which is less than ${amount}`);
  await ledger.letGo('release', ledger.held - amount);
  return { balance: ledger.balance };
}

/** Lets go of what was not captured; nothing is authorized or captured after it. Refunds are. */
export async function settle(tx: Tx, key: string, orderId: string): Promise<Answer> {
  const ledger = await Ledger.open(tx, orderId, key);
  await ledger.letGo('release', ledger.held);
  await ledger.set({ settled: true });
  return { balance: ledger.balance };
}

function refused(message: string): Rejection {
  return new Rejection('capture_refused', message);
}
