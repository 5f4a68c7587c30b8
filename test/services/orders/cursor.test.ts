import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readCursor, writeCursor } from '../../../services/orders/cursor.js';

const place = fc.record({
  placedAt: fc.integer({ min: -8.64e15, max: 8.64e15 }),
  orderId: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
});

it('reads back every cursor that it wrote', () => {
  fc.assert(fc.property(place, (each) => void expect(readCursor(writeCursor(each))).toEqual(each)));
});

it('takes nothing that it did not write', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.json()), (text) => {
      const read = readCursor(text);
      if (read !== undefined) expect(writeCursor(read)).toBe(text);
    }),
  );
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const made of ['', 'x', encode(null), encode([1]), encode([1.5, 'a']), encode([9e15, 'a']), encode([1, 'a b'])])
    expect(readCursor(made), made).toBeUndefined();
});
