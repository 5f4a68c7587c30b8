import { createHmac, timingSafeEqual } from 'node:crypto';
import { ApiProblem } from '../problems/problem.js';

/** The largest difference between webhook-timestamp and the server's clock, in both directions. */
const toleranceMs = 5 * 60 * 1000;

export type WebhookHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Verifies a webhook as Standard Webhooks specifies: first the signature, then the time. Only the real sender learns that its clock is wrong.
 *
 * @returns the message's id.
 * @throws {ApiProblem} invalid_signature; webhook_too_old.
 */
export function verifiedId(secret: string, headers: WebhookHeaders, body: Buffer, now = Date.now()): string {
  const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures } = headers;
  if (typeof id !== 'string' || typeof seconds !== 'string' || typeof signatures !== 'string') {
    throw invalid('webhook-id, webhook-timestamp and webhook-signature are required');
  }
  if (!/^[\x21-\x7e]{1,255}$/.test(id)) throw invalid('webhook-id must be 1 to 255 printable ASCII characters');
  if (!/^\d{1,12}$/.test(seconds)) throw invalid('webhook-timestamp must be in seconds since 1970');
  const sentAt = Number(seconds) * 1000;
  const expected = sign(secret, `${id}.${seconds}.`, body);
  // While the sender rotates its secret, it sends a signature for each.
  if (!signatures.split(' ').some((signature) => equal(signature, expected))) {
    throw invalid('no signature in webhook-signature matches this body');
  }
  if (Math.abs(now - sentAt) > toleranceMs) {
    throw new ApiProblem(
      'webhook_too_old',
      "The webhook timestamp is more than 5 minutes away from the server's clock. Sign the webhook when you send it",
    );
  }
  return id;
}

/** The library of Standard Webhooks hashes in JavaScript, which takes most of the time that a webhook takes here. */
function sign(secret: string, head: string, body: Buffer): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`;
}

function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function invalid(why: string): ApiProblem {
  return new ApiProblem('invalid_signature', `The webhook is not signed as Standard Webhooks requires: ${why}`);
}
