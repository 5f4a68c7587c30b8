import type { Address, LineQuantity } from '../contracts/order.js';
import type {
  CommandBodies,
  CommandEnvelope,
  News,
  OrderCommand,
  ReturnCommand,
  ReturnCommandBodies,
  Sender,
} from './messages.js';
import { integerFrom, listOf, object, oneOf, optional, text, time } from './shapes.js';
import type { Shape } from './shapes.js';

/** What the messages of messages.ts have to look like. */

const line = object<LineQuantity>({ sku: text, quantity: integerFrom(1) });
/** At least one, each sku once: what is left of a sku is held against one line. */
const lines: Shape = (value, path = '') => {
  const errors = listOf(line)(value, path);
  if (errors.length > 0) return errors;
  const skus = (value as LineQuantity[]).map((l) => l.sku);
  return skus.length > 0 && new Set(skus).size === skus.length
    ? []
    : [{ path, message: 'must have at least one line, and each sku once' }];
};
const address = object<Address>({
  name: text,
  line1: text,
  line2: optional(text),
  city: text,
  region: optional(text),
  postalCode: text,
  country: text,
});

export const news = object<News>({
  id: text,
  timestamp: time,
  data: object<News['data']>({
    shipmentId: optional(text),
    returnId: optional(text),
    trackingNumber: optional(text),
    carrier: optional(text),
    signedBy: optional(text),
    amount: optional(integerFrom(0)),
    currency: optional(text),
    lines: optional(lines),
    reason: optional(text),
  }),
});

export const commandShapes: Record<OrderCommand, Shape> = {
  cancel: command(object<CommandBodies['cancel']>({ reason: optional(text) })),
  payment: command(object<CommandBodies['payment']>({ method: oneOf('card'), token: text })),
  receipt: command(object<CommandBodies['receipt']>({})),
  decision: command(object<CommandBodies['decision']>({ decision: oneOf('accept_partial', 'cancel') })),
  review: command(object<CommandBodies['review']>({ decision: oneOf('approve', 'reject'), note: optional(text) })),
  resolve: command(object<CommandBodies['resolve']>({ action: oneOf('retry', 'skip', 'abandon'), step: text })),
  amend: command(object<CommandBodies['amend']>({ shippingAddress: optional(address), lines: optional(lines) })),
};

export const returnCommandShapes: Record<ReturnCommand, Shape> = {
  requestReturn: command(object<ReturnCommandBodies['requestReturn']>({ returnId: text, lines, reason: text })),
  reviewReturn: command(
    object<ReturnCommandBodies['reviewReturn']>({
      returnId: text,
      decision: oneOf('approve', 'reject'),
      note: optional(text),
    }),
  ),
  retryReturn: command(object<ReturnCommandBodies['retryReturn']>({ returnId: text })),
};

function command(body: Shape): Shape {
  return object<CommandEnvelope<unknown>>({
    fingerprint: text,
    by: object<Sender>({ role: oneOf('shop', 'operator'), name: optional(text) }),
    body,
  });
}
