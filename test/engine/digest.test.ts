import fc from 'fast-check';
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

  it('is that of the JSON with sorted names', () => {
    const instant = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.nat().map(String), fc.constantFrom('at', 'timing'));
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        fc.string({ unit: 'binary' }),
        fc.constantFrom(NaN, -0, 1e300, '\ud800'),
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(name, fc.oneof(instant, fc.option(tie('value'), { nil: undefined })), { maxKeys: 8 }),
      ),
    }));
    const check = (input: object) => void expect(inputDigest(input)).toBe(digestOfJson(input));
    fc.assert(fc.property(fc.dictionary(name, value), check), { numRuns: 2000 });
  });
});

/** As recorded histories have it. */
function digestOfJson(input: object): string {
  const json = JSON.stringify(input, (key, value: unknown) => {
    const isInstant = typeof value === 'string' && value.length === 24 && value[10] === 'T' && value[23] === 'Z';
    if (key === 'at' || key === 'timing' || isInstant) return undefined;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  });
  let hash = 0x811c9dc5;
  for (let i = 0; i < json.length; i += 1) hash = Math.imul(hash ^ json.charCodeAt(i), 0x01000193);
  return (hash >>> 2).toString(36).padStart(6, '0');
}
