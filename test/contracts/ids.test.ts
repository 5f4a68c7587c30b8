import { expect, it } from 'vitest';
import { isOrderId } from '../../contracts/ids.js';
import { orderIdFor } from '../../src/temporal/ids.js';

it('accepts every id that a placement creates', () => {
  const ids = Array.from({ length: 500 }, (_, n) => orderIdFor('demo', `key-${n}`));
  expect(ids.filter((id) => !isOrderId(id))).toEqual([]);
});

it.each([
  '',
  'ord_1',
  `ord_${'0'.repeat(27)}`,
  `ord_${'i'.repeat(26)}`,
  `ord_${'A'.repeat(26)}`,
  ` ord_${'0'.repeat(26)}`,
])('rejects "%s"', (text) => expect(isOrderId(text)).toBe(false));
