/** An Idempotency-Key. crypto.randomUUID() is only there on HTTPS and on this machine's own address. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
