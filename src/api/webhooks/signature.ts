import { timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { ApiProblem } from '../problems/problem.js';

/** How far a webhook's header time may be from now, either way. */
const toleranceMs = 5 * 60 * 1000;

export type WebhookHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Verifies by Standard Webhooks: the signature first, then the time, so that only the real sender is told to look at the clock.
 *
 * @returns the message's id.
 * @throws {ApiProblem} invalid_signature; webhook_too_old.
 */
export function verifiedId(secret: string, headers: WebhookHeaders, body: Buffer, now = Date.now()): string {
  const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures } = headers;
  if (typeof id !== 'string' || typeof seconds !== 'string' || typeof signatures !== 'string') {
    throw invalid('webhook-id, webhook-timestamp and webhook-signature are needed');
  }
  if (!/^[\x21-\x7e]{1,255}$/.test(id)) throw invalid('webhook-id must be 1 to 255 printable ASCII characters');
  if (!/^\d{1,12}$/.test(seconds)) throw invalid('webhook-timestamp must be in seconds since 1970');
  const sentAt = Number(seconds) * 1000;
  const expected = new Webhook(secret).sign(id, new Date(sentAt), body);
  // One signature a secret, while the sender changes it.
  if (!signatures.split(' ').some((signature) => equal(signature, expected))) {
    throw invalid('no signature of webhook-signature is the one of this body');
  }
  if (Math.abs(now - sentAt) > toleranceMs) {
    throw new ApiProblem(
      'webhook_too_old',
      'webhook-timestamp must be within 5 minutes of now: sign it when it is sent',
    );
  }
  return id;
}

function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function invalid(why: string): ApiProblem {
  return new ApiProblem('invalid_signature', `The webhook is not signed as Standard Webhooks asks: ${why}`);
}
