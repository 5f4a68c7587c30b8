import { Webhook } from 'standardwebhooks';
import type { OrderEvent } from '../../workflows/events.js';
import type { Http } from './http.js';

/**
 * Sends an event as the payment provider or the carrier does: signed as Standard Webhooks says, with the time of sending in the header and the
 * time of the event in the body.
 *
 * @returns whether the order got the event; false when it had no new effect.
 */
export async function sendWebhook(
  http: Http,
  secrets: Record<'payment' | 'carrier', string>,
  event: OrderEvent,
): Promise<boolean> {
  const { id, ...message } = event;
  const body = JSON.stringify(message);
  const route = event.type.startsWith('payment.') ? 'payment' : 'carrier';
  const signer = new Webhook(secrets[route]);
  const answer = await http.send<{ applied: boolean }>('api', 'POST', `/v1/webhooks/${route}`, {
    headers: () => {
      const now = new Date();
      return {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': signer.sign(id, now, body),
      };
    },
    body,
  });
  return answer.body.applied;
}
