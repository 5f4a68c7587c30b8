import type { Life } from './life.js';
import { deliver, repair } from './moves.js';

/** Orders that need an operator. */
export const repairs: Life[] = [
  {
    name: 'completed-after-retry',
    story: 'The shipping service is away for too long, and an operator repeats the booking.',
    play: async (order, { outage }) => {
      await repair(order, outage('shipping'), 'retry');
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'cancelled-abandoned',
    story: 'The shipping service is away for too long, and an operator abandons the order.',
    play: (order, { outage }) => repair(order, outage('shipping'), 'abandon'),
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
];
