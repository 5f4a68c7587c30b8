import { expect, it } from 'vitest';
import { transpile } from '../../tools/simulate/runtime/transpile/transpile.js';

it.each([
  ['scope.reject = (error) => fail(error);', 'scope.reject = (0, (error) => fail(error))'],
  ['handlers[name] = function () {};', 'handlers[name] = (0, function () { })'],
  ['export const step = { ...policy, when: () => true };', '.when = (0, () => true)'],
  ['scope.run = async () => 1;', 'scope.run = (0, () =>'],
])('%s makes the function among the young objects', (text, expected) => {
  expect(transpile('workflows/some.ts', text)).toContain(expected);
});
