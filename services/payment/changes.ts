import type { OperationRequest } from '../support/handlers.js';
import type { paymentContract } from './contract.js';
import type { Ledger } from './ledger.js';
import { authorize, capture, giveBack, record, reduce, refund, settle, voidPayment } from './operations.js';

type Request<Name extends keyof typeof paymentContract> = Pick<
  OperationRequest<(typeof paymentContract)[Name]>,
  'params' | 'body' | 'key'
>;

/** What each operation changes of the money of an order, in memory. It returns what the answer has besides the balance. */
export const changes = {
  authorize: (ledger: Ledger, { body }: Request<'authorize'>) => authorize(ledger, body),
  record: (ledger: Ledger, { body }: Request<'record'>) => record(ledger, body),
  giveBack: (ledger: Ledger, { body }: Request<'giveBack'>) => giveBack(ledger, body),
  void: (ledger: Ledger, { body }: Request<'void'>) => voidPayment(ledger, body.authorizationId),
  reduce: (ledger: Ledger, { body }: Request<'reduce'>) => reduce(ledger, body.amount),
  capture: (ledger: Ledger, { body }: Request<'capture'>) => capture(ledger, body),
  refund: (ledger: Ledger, { body }: Request<'refund'>) => refund(ledger, body),
  settle: (ledger: Ledger, _: Request<'settle'>) => settle(ledger),
};
