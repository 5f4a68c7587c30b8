import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { developmentWebhookSecret } from '../../../src/config/index.js';
import type { EventType, OrderEvent } from '../../../workflows/events.js';
import type { Answer, Caller, Problem } from './caller.js';

export interface SentWebhook {
  type: EventType;
  data: OrderEvent['data'];
  id?: string;
  timestamp?: string;
  /** The route; by default the one of the event type. */
  to?: 'payment' | 'carrier';
}

/** Signs and sends an event, as a carrier or a payment provider does. */
export function sendWebhook(
  caller: Caller,
  {
    type,
    data,
    id = randomUUID(),
    timestamp = '2020-01-02T03:04:05Z',
    to = type.startsWith('payment.') ? 'payment' : 'carrier',
  }: SentWebhook,
): Promise<Answer<{ applied: boolean } & Partial<Problem>>> {
  const body = JSON.stringify({ type, timestamp, data });
  return caller.post(`/v1/webhooks/${to}`, body, signedHeaders(body, { id }));
}

export function signedHeaders(
  body: string,
  {
    id = 'msg_1',
    at = new Date(),
    secret = developmentWebhookSecret,
  }: { id?: string; at?: Date; secret?: string } = {},
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}
