import type { Balance } from '../../contracts/order.js';
import { checkHeld } from './capture.js';
import type { Ledger } from './ledger.js';

/**
 * The undo of authorize: releases all held money. It leaves a tombstone: nothing can be authorized for the order afterwards. With an
 * authorization id it releases that authorization alone, and leaves none.
 */
export async function voidPayment(ledger: Ledger, authorizationId?: string): Promise<{ balance: Balance }> {
  if (authorizationId === undefined) {
    await ledger.release('void', ledger.held);
    await ledger.set({ voided: true });
  } else {
    const one = ledger.authorizations.filter(({ id }) => id === authorizationId);
    await ledger.release('void', one[0]?.held ?? 0, one);
  }
  return { balance: ledger.balance };
}

/**
 * Lowers the held money to an amount.
 *
 * @throws {Rejection} capture_refused if less is held: the order could not be paid.
 */
export async function reduce(ledger: Ledger, amount: number): Promise<{ balance: Balance }> {
  checkHeld(ledger, amount);
  await ledger.release('release', ledger.held - amount);
  return { balance: ledger.balance };
}

/** Releases what was not captured. Afterwards only refunds are possible. */
export async function settle(ledger: Ledger): Promise<{ balance: Balance }> {
  await ledger.release('release', ledger.held);
  await ledger.set({ settled: true });
  return { balance: ledger.balance };
}
