import type { Life } from './life.js';
import { returnSome } from './moves.js';

/** Returns of completed orders: each recorded run is that of the returns. */
export const returns: Life[] = [
  {
    name: 'returns-small',
    story: 'The customer returns one of three pieces, which needs no approval.',
    run: 'returns',
    play: async (order) => {
      const returnId = await returnSome(order, 1);
      await order.sendEvent('return.received', { returnId });
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-approved-all',
    story: 'The customer returns everything, and an operator approves it.',
    run: 'returns',
    play: async (order) => {
      const returnId = await returnSome(order, 3);
      await order.command(`returns/${returnId}/review`, { decision: 'approve' }, 'operator');
      await order.sendEvent('return.received', { returnId });
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-rejected',
    story: 'The customer wants to return everything, and an operator rejects it.',
    run: 'returns',
    play: async (order) => {
      const returnId = await returnSome(order, 3);
      await order.command(`returns/${returnId}/review`, { decision: 'reject', note: 'worn' }, 'operator');
      await order.until(({ returns }) => returns[0]!.status === 'rejected');
    },
    end: { status: 'completed' },
  },
];
