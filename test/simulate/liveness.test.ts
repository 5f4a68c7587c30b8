import { it } from 'vitest';
import { expectAllHold } from './gate.js';

it('once faults stop, every order of many lives ends', { timeout: 1_200_000 }, async () => {
  await expectAllHold('liveness', 2_000_000, 1000);
});
