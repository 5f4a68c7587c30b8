import { z } from 'zod';
import { amount, balance, cardToken, currency, id, shipmentId, sum, time } from '../../contracts/values.schema.js';
import { changing, operations } from '../support/operation.js';
import { listOf } from '../support/pages.schema.js';

const orderParams = z.strictObject({ orderId: id });
const positive = amount.min(1);
/** Id of the payment provider's message. */
const providerRef = z.string().min(1).max(255);
const balanceAnswer = z.strictObject({ balance });
const authorization = z.strictObject({ authorizationId: z.string(), balance });
/** Above dailyLimit (minor units) per customer and day, orders are flagged for review. `null`: no limit. */
const screening = z.strictObject({ dailyLimit: positive.nullable() });
const operationKind = z.enum(['authorize', 'void', 'capture', 'refund', 'release']);

/**
 * The money of an order: authorizations, captures and refunds. `authorized` is what is still held. An undo with nothing to undo succeeds. An
 * authorization after `void` is rejected with `payment_voided`, or with `undone` when another run voided it. Card numbers are never stored.
 */
export const paymentContract = operations({
  screen: {
    ...changing,
    path: '/v1/screenings',
    summary: 'Screen an order for fraud: pass, or review by a person; rejected when it is fraud',
    body: z.strictObject({
      orderId: id,
      shopId: id,
      customerId: id,
      amount: positive,
      currency,
      token: cardToken.optional(),
    }),
    answer: z.strictObject({ outcome: z.enum(['pass', 'review']), reason: z.string().optional() }),
    rejections: ['fraud_rejected'],
  },
  authorize: {
    ...changing,
    path: '/v1/authorizations',
    summary: 'Hold an amount on a card. `screen`: reject flagged cards too, because no review follows',
    body: z.strictObject({ orderId: id, amount: positive, currency, token: cardToken, screen: z.boolean().optional() }),
    answer: authorization,
    rejections: ['payment_declined', 'fraud_rejected', 'payment_voided', 'undone'],
  },
  record: {
    ...changing,
    path: '/v1/authorizations/record',
    summary:
      "Record an amount that the payment provider reports as paid, as an authorization. `providerRef` is the provider's message id",
    body: z.strictObject({ orderId: id, amount: positive, currency, providerRef }),
    answer: authorization,
    rejections: ['payment_declined', 'payment_voided', 'undone'],
  },
  giveBack: {
    ...changing,
    path: '/v1/payments/:orderId/returned',
    summary:
      'Record an amount that the payment provider reports as paid and the order cannot use, and give it back at once. `isOwn`: the message was already recorded as a payment of the order, so nothing is given back',
    params: orderParams,
    body: z.strictObject({ amount: positive, currency, providerRef }),
    answer: z.strictObject({ isOwn: z.boolean(), balance }),
  },
  void: {
    ...changing,
    path: '/v1/payments/:orderId/void',
    summary: 'Undo of authorize: release everything that is held, or one authorization if authorizationId is given',
    params: orderParams,
    body: z.strictObject({ authorizationId: z.string().optional() }),
    answer: balanceAnswer,
  },
  reduce: {
    ...changing,
    path: '/v1/payments/:orderId/reduce',
    summary: 'Lower what is held to an amount, because the order became smaller',
    params: orderParams,
    body: z.strictObject({ amount: positive }),
    answer: balanceAnswer,
    rejections: ['capture_refused', 'undone'],
  },
  capture: {
    ...changing,
    path: '/v1/payments/:orderId/captures',
    summary: "Capture a parcel's share of what is held",
    params: orderParams,
    body: z.strictObject({ shipmentId, amount }),
    answer: balanceAnswer,
    rejections: ['capture_refused', 'undone'],
  },
  refund: {
    ...changing,
    path: '/v1/payments/:orderId/refunds',
    summary: 'Refund a part of what was captured. `subject` is the return or the parcel that it is for',
    params: orderParams,
    body: z.strictObject({ subject: z.string().min(1).max(200), amount }),
    answer: balanceAnswer,
    rejections: ['refund_exceeds_captured'],
  },
  /** Not named `close`, because every client has a `close` of its own. */
  settle: {
    ...changing,
    path: '/v1/payments/:orderId/close',
    summary: 'Release what was authorized and not captured. Later captures are rejected',
    params: orderParams,
    body: z.strictObject({}),
    answer: balanceAnswer,
  },
  listPayments: listOf(
    '/v1/payments',
    'Payments with their operations',
    z.strictObject({
      id: z.string(),
      orderId: id,
      currency,
      ...balance.shape,
      /** The sum that void, reduce and settle released without a capture. */
      voided: sum,
      operations: z.array(
        z.strictObject({
          id: z.string(),
          kind: operationKind,
          amount: sum,
          at: time,
          key: z.string(),
          subject: z.string().optional(),
          /** Present if money came late in another currency and was given back. */
          currency: currency.optional(),
        }),
      ),
    }),
  ),
  getScreening: {
    method: 'GET',
    path: '/v1/screening',
    summary: 'The screening rules',
    answer: screening,
  },
  putScreening: {
    method: 'PUT',
    path: '/v1/screening',
    summary:
      'Set the screening rules: orders above dailyLimit (minor units) per customer and day are flagged for review',
    body: screening,
    answer: screening,
  },
});
