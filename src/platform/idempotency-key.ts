/** What the header Idempotency-Key may hold, in words. */
export const idempotencyKeySyntax = '1 to 255 printable ASCII characters';

/** @param header as Node gives it: a list where it was sent more than once. */
export function isIdempotencyKey(header: string | string[] | undefined): header is string {
  return typeof header === 'string' && /^[\x20-\x7e]{1,255}$/.test(header);
}
