import type { OrderInput, PlaceOrder } from '../../../contracts/order.js';
import type { Choices } from './choices.js';

/** How an order begins. */
export interface OrderPlan {
  input: OrderInput;
  fingerprint: string;
}

type Lines = PlaceOrder['lines'];

const book = { sku: 'book', quantity: 1, unitPrice: 1290 };
const lamp = { sku: 'lamp', quantity: 1, unitPrice: 4990 };
const mug = { sku: 'mug', quantity: 2, unitPrice: 333 };
const rare = { sku: 'rare', quantity: 1, unitPrice: 25_000 };

const carts: readonly Lines[] = [
  [book],
  [{ ...book, quantity: 3 }],
  [book, lamp],
  [mug, lamp],
  [{ ...book, quantity: 7 }],
  [rare],
  [{ ...rare, quantity: 2 }, book],
  [{ sku: 'gone', quantity: 1, unitPrice: 900 }, mug],
  [{ sku: 'gone', quantity: 1, unitPrice: 900 }],
  [{ sku: 'unheard-of', quantity: 1, unitPrice: 100 }],
  [{ ...mug, quantity: 4 }, { ...book, quantity: 2 }, lamp],
];

/** What is in the warehouses at first: little, so that orders get in each other's way. */
export const firstStock: readonly [sku: string, warehouse: string, available: number][] = [
  ['book', 'east', 5],
  ['book', 'west', 3],
  ['mug', 'east', 4],
  ['mug', 'west', 2],
  ['lamp', 'west', 4],
  ['rare', 'east', 1],
  ['gone', 'east', 0],
];

const payments: readonly PlaceOrder['payment'][] = [
  { method: 'card', token: 'tok_ok' },
  { method: 'later' },
  { method: 'card', token: 'tok_review' },
  { method: 'later' },
  { method: 'card', token: 'tok_declined' },
  { method: 'card', token: 'tok_flaky' },
  { method: 'card', token: 'tok_slow' },
  { method: 'card', token: 'tok_fraud' },
];

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const address = { name: 'A. Buyer', line1: 'Road 1', city: 'Berlin', postalCode: '10115', country: 'DE' };

/** Draws an order. */
export function drawOrder(choices: Choices, orderId: string, version: number, now: number): OrderPlan {
  const lines = choices.pick('the lines', 0.6, carts);
  const payment = choices.pick('the payment', 0.55, payments);
  const shippingFee = choices.pick('the shipping fee', 0.5, [490, 0, 1, 333]);
  const adjustments = choices.pick('the adjustments', 0.3, [
    undefined,
    [{ kind: 'discount', label: 'sale', amount: -100 }],
    [{ kind: 'tax', label: 'tax', amount: 257 }],
  ] as const);
  const carrier = choices.pick('the carrier', 0.4, ['simulated', 'external'] as const);
  const email = choices.pick('the email', 0.2, [undefined, 'buyer@example.com']);
  const order: PlaceOrder = {
    customerId: 'customer',
    currency: 'EUR',
    lines: lines.map((line) => ({ ...line })),
    shippingFee,
    ...(adjustments && { adjustments: adjustments.map((each) => ({ ...each })) }),
    payment: { ...payment },
    shippingAddress: address,
    carrier,
    ...(email !== undefined && { email }),
  };
  const deadlines = {
    paymentMs: choices.pick('the payment deadline', 0.3, [30 * minute, 2000, 10_000]),
    reviewMs: choices.pick('the review deadline', 0.3, [day, 2000, 10_000]),
    decisionMs: choices.pick('the decision deadline', 0.3, [day, 2000, 10_000]),
    autoSignMs: choices.pick('the signature deadline', 0.3, [14 * day, 5000]),
    returnWindowMs: 30 * day,
  };
  const stepRetryBudgetMs = choices.pick('the retry budget', 0.3, [hour, 5000]);
  const process = { name: 'order', version: choices.pick('the version', 0.1, [version, 1]) };
  const input: OrderInput = {
    orderId,
    shopId: 'shop',
    order,
    placedAt: new Date(now).toISOString(),
    process,
    deadlines,
    stepRetryBudgetMs,
  };
  return { input, fingerprint: `fp-${orderId}` };
}
