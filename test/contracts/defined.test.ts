import { expect, expectTypeOf, it } from 'vitest';
import { defined } from '../../contracts/defined.js';

it('drops undefined properties and keeps every other value, in the order given', () => {
  const properties = defined({ b: undefined, c: null, a: 0, d: '', e: false });
  expect(Object.entries(properties)).toEqual([
    ['c', null],
    ['a', 0],
    ['d', ''],
    ['e', false],
  ]);
});

it('makes exactly the properties that may be undefined optional', () => {
  const given: { sku: string; name: string | undefined } = { sku: 'A', name: undefined };
  const line: { sku: string; name?: string } = defined(given);
  expect('name' in line).toBe(false);
  expectTypeOf(defined(given)).toExtend<{ sku: string; name?: string }>();
});
