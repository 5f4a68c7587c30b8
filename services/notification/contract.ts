import { z } from 'zod';
import { id, time } from '../../contracts/values.schema.js';
import { changing, operations } from '../support/operation.js';
import { listOf } from '../support/pages.schema.js';

export const notificationEvents = [
  'confirmed',
  'shipped',
  'delivered',
  'completed',
  'cancelled',
  'failed',
  'refunded',
  'decision_needed',
  'payment_needed',
  'payment_due',
] as const;
export type NotificationEvent = (typeof notificationEvents)[number];

/** Tells the customer each event of an order once, through an outbox: by e-mail if SMTP is configured, otherwise in a log. */
export const notificationContract = operations({
  notify: {
    ...changing,
    path: '/v1/notifications',
    summary: 'Tell the customer about an event of the order, once per (order, event, subject)',
    body: z.strictObject({
      orderId: id,
      event: z.enum(notificationEvents),
      /** The shipment or the return that the event is about. */
      subject: z.string().max(200).optional(),
      email: z.email().optional(),
      /** Facts for the text: tracking numbers, short lines, amounts. */
      facts: z.record(z.string(), z.string()).optional(),
    }),
    answer: z.strictObject({}),
  },
  listNotifications: listOf(
    '/v1/notifications',
    'Notifications, oldest first',
    z.strictObject({
      id: z.string(),
      orderId: id,
      event: z.enum(notificationEvents),
      subject: z.string().optional(),
      channel: z.enum(['email', 'log']),
      state: z.enum(['queued', 'sent', 'failed']),
      at: time,
    }),
  ),
});
