import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Order } from '../../workflows/order/state.js';
import { inputOf } from './test-orders.js';

const anOrder = () => new Order(inputOf('ord_1', 0));

it('a lost answer that is repeated after a later one does not undo the later one', () => {
  const order = anOrder();
  order.authorized({ authorized: 4400 });
  order.money({ captured: 4400 });
  order.money({ captured: 3300, authorized: 1100 });
  expect(order.payment).toMatchObject({ authorized: 0, captured: 4400, refunded: 0 });
});

/** Draws captures and refunds of the money held. The test adds the release of the rest. */
const ledger = fc.array(
  fc.record({ kind: fc.constantFrom('capture', 'refund'), amount: fc.integer({ min: 0, max: 900 }) }),
  {
    minLength: 2,
    maxLength: 8,
  },
);

it('in whatever sequence the answers come, the sums of the last operation count', () => {
  let mixed = 0;
  fc.assert(
    fc.property(ledger, fc.infiniteStream(fc.nat()), (operations, draw) => {
      const sums = { authorized: 4400, captured: 0, refunded: 0 };
      const answers = operations.map(({ kind, amount }) => {
        const most = kind === 'capture' ? sums.authorized : sums.captured - sums.refunded;
        const moved = Math.min(amount, most);
        if (kind === 'capture') {
          Object.assign(sums, { authorized: sums.authorized - moved, captured: sums.captured + moved });
        } else sums.refunded += moved;
        return { ...sums };
      });
      answers.push({ ...sums, authorized: 0 });
      const shuffled = answers
        .map((answer) => ({ answer, place: draw.next().value as number }))
        .sort((a, b) => a.place - b.place)
        .map(({ answer }) => answer);
      if (shuffled.some((answer, i) => answer !== answers[i])) mixed += 1;
      const order = anOrder();
      order.authorized({ authorized: 4400 });
      for (const answer of shuffled) order.money(answer);
      const { authorized, captured, refunded } = order.payment;
      expect({ authorized, captured, refunded }).toEqual(answers.at(-1));
    }),
    { numRuns: 500 },
  );
  // Answers that come in their original sequence prove nothing.
  expect(mixed).toBeGreaterThan(250);
});
