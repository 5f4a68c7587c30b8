import { expect, it } from 'vitest';
import { orderFailures } from '../../../contracts/failures.js';
import { notificationEvents } from '../../../services/notification/contract.js';
import { letter } from '../../../services/notification/text.js';

it.each(notificationEvents)('has a subject, a sentence and the order for %s', (event) => {
  const { subject, text } = letter('ord_1', event, {});
  expect(subject).toMatch(/^Your order \w+/);
  expect(text).toMatch(/^Hello,\n\n\S[^]*[.!:]\n\nOrder ord_1\n$/);
});

it.each(Object.keys(orderFailures))('gives the reason %s in words for customers, or leaves it out', (reason) => {
  const { text } = letter('ord_1', 'cancelled', { reason });
  expect(text).toMatch(/^Hello,\n\nYour order was cancelled[.:]/);
  expect(text).not.toContain(reason);
});

it('lists short items, one per line', () => {
  const { text } = letter('ord_1', 'decision_needed', { mug: '1 of 2', tee: '3 of\n5' });
  expect(text).toContain('This is what is short:\n\n  mug: 1 of 2\n  tee: 3 of 5\n\nOrder ord_1');
});
