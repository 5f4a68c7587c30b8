import { eventTypes, type EventType } from '../contracts/event-types.js';
import type { EventData, WebhookBody } from '../contracts/events.schema.js';
import { messageType } from './engine/message.js';
import type { MessageType } from './engine/message.js';
import { integerFrom, object, optional, text, time } from './engine/shape.js';
import { lines } from './shapes.js';

/** Events of the payment provider and the carrier. Each type is a Signal with the same name, which makes histories easy to read. */

export { eventTypes, type EventType };

/** The argument of the Signal. */
export interface News {
  /** The sender's id of the message. The same id again has no effect. */
  id: string;
  /** RFC 3339: when it happened, by the sender's clock. It may be years ago. */
  timestamp: string;
  data: EventData;
}

/** News with its type. */
export interface OutsideEvent extends News {
  type: EventType;
}

/** An event that came by webhook. It names its order. */
export interface OrderEvent extends WebhookBody {
  /** The sender's id of the message. */
  id: string;
}

const news = object<News>({
  id: text,
  timestamp: time,
  data: object<EventData>({
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

/** The declared events by type. */
export const events = Object.fromEntries(eventTypes.map((type) => [type, messageType(type, news)])) as {
  [Type in EventType]: MessageType<Type, News>;
};
