import { it } from 'vitest';
import { expectAllHold } from './gate.js';

it('everything holds in many lives in which anything may happen', { timeout: 1_200_000 }, async () => {
  await expectAllHold('safety', 1_000_000, 1000);
});
