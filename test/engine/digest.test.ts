import { describe, expect, it } from 'vitest';
import { inputDigest } from '../../workflows/engine/digest.js';

const call = { orderId: 'ord_1', amount: 2990, lines: [{ sku: 'mug', quantity: 2 }] };

describe('the digest of an input', () => {
  it('is the same for the same fields in another order', () => {
    expect(inputDigest(call)).toMatch(/^[0-9a-z]{6}$/);
    expect(inputDigest({ lines: [{ quantity: 2, sku: 'mug' }], amount: 2990, orderId: 'ord_1' })).toBe(
      inputDigest(call),
    );
  });

  it.each<[string, object]>([
    ['an amount', { ...call, amount: 2991 }],
    ['a field more', { ...call, key: '' }],
    ['something deep inside', { ...call, lines: [{ sku: 'mug', quantity: 3 }] }],
    ['the order of a list', { ...call, lines: [...call.lines, { sku: 'cup', quantity: 1 }].reverse() }],
  ])('differs with %s', (_what, other) => {
    expect(inputDigest(other)).not.toBe(inputDigest(call));
  });

  it('leaves times out, because a replay has others', () => {
    const view = (ms: number) => ({
      ...call,
      position: { at: ms, seq: 1 },
      timing: { makespanMs: ms },
      steps: [{ id: 'review', startedAt: new Date(ms).toISOString() }],
    });
    expect(inputDigest(view(1))).toBe(inputDigest(view(2_000_000)));
    expect(inputDigest({ ...call, startedAt: '2026-11-26T01:51:04.002Z' })).toBe(inputDigest(call));
  });
});
