import { eventTypes, type EventType } from '../contracts/event-types.js';
import type { LineQuantity } from '../contracts/order.js';
import { messageType } from './engine/message.js';
import type { MessageType } from './engine/message.js';
import { integerFrom, object, optional, text, time } from './engine/shape.js';
import { lines } from './shapes.js';

/** What the payment provider and the carrier tell. Each type reaches a run as a Signal of its own name, so that the history can be read. */

export { eventTypes, type EventType };

/** The argument of the Signal. */
export interface News {
  /** The sender's id of the message: the same id again has no effect. */
  id: string;
  /** RFC 3339; when it happened, by the sender. May be years old. */
  timestamp: string;
  data: {
    shipmentId?: string;
    returnId?: string;
    trackingNumber?: string;
    carrier?: string;
    signedBy?: string;
    amount?: number;
    /** ISO 4217. */
    currency?: string;
    /** What came back of a return, where it is fewer than was announced. */
    lines?: LineQuantity[];
    reason?: string;
  };
}

/** The same with its type. */
export interface OutsideEvent extends News {
  type: EventType;
}

/** The same as a webhook brings it, for an order among all. */
export type OrderEvent = OutsideEvent & { data: { orderId: string } };

const news = object<News>({
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

/** The declared events, by their types. */
export const events = Object.fromEntries(eventTypes.map((type) => [type, messageType(type, news)])) as {
  [Type in EventType]: MessageType<Type, News>;
};
