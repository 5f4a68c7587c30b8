import type { Life } from './life.js';
import { complete, returnOne, returnSome } from './moves.js';

/** Returns of completed orders: each recorded run is that of the returns. */
export const returns: Life[] = [
  {
    name: 'returns-small',
    story: 'The customer returns one of three pieces, which needs no approval.',
    run: 'returns',
    play: async (order) => {
      await returnOne(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-requested-again',
    story: 'A return is requested again after it was closed. The next run answers, and has nothing to do.',
    run: 'returns',
    play: async (order) => {
      const returnId = await returnOne(order);
      await order.handle('returns').result();
      await order.requestReturn(returnId);
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-requested-again-and-another',
    story:
      'A closed return is requested again, and then another one, in a run that answers the first only with the second.',
    run: 'returns',
    play: async (order) => {
      const returnId = await returnOne(order);
      await order.handle('returns').result();
      const again = order.requestReturn(returnId);
      await order.untilEvent('WorkflowExecutionUpdateAccepted', 'returns');
      await order.requestReturn('ret_another');
      await order.sendEvent('return.received', { returnId: 'ret_another' });
      await again;
      await order.until(({ returns }) => returns.length === 2 && returns.every(({ status }) => status === 'closed'));
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
  {
    name: 'returns-with-discount',
    story: 'The order had a discount, and two returns of it share the refund.',
    run: 'returns',
    play: async (order) => {
      await complete(order, {
        lines: [{ sku: 'mug', quantity: 3, unitPrice: 1000 }],
        adjustments: [{ kind: 'discount', label: 'Welcome', amount: -500 }],
        email: 'ada@example.com',
      });
      for (const quantity of [1, 2]) {
        await order.command('returns', { lines: [{ sku: 'mug', quantity }], reason: 'too many' });
        await order.until(({ returns }) => returns.length === quantity);
      }
      const { returns } = await order.until((view) => view.returns.length === 2);
      for (const { id } of returns) await order.sendEvent('return.received', { returnId: id });
      await order.until((view) => view.returns.every(({ status }) => status === 'closed'));
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-fewer-than-announced',
    story: 'The customer announces two pieces, and one comes back.',
    run: 'returns',
    play: async (order) => {
      const returnId = await returnSome(order, 2);
      await order.sendEvent('return.received', { returnId, lines: [{ sku: 'mug', quantity: 1 }] });
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-of-too-much',
    story: 'The customer wants to return more than was delivered, which is refused.',
    run: 'returns',
    play: async (order) => {
      await complete(order);
      await order
        .command('returns', { lines: [{ sku: 'mug', quantity: 9 }], reason: 'too many' })
        .catch(() => undefined);
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-refund-repeated',
    story: "The refund is rejected, and an operator has it repeated with Temporal's own tools.",
    run: 'returns',
    play: async (order) => {
      const { end, met } = order.rejects('payment', /:refund:/, 'refund_exceeds_captured');
      const returnId = await returnSome(order, 1);
      await order.sendEvent('return.received', { returnId });
      await met;
      await order.until(({ returns }) => returns[0]!.status === 'received');
      end();
      await order.update('retryReturn', { returnId }, 'returns');
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-restock-rejected',
    story: 'The inventory rejects what came back, and the return waits for an operator.',
    run: 'returns',
    play: async (order) => {
      const { met } = order.rejects('inventory', /:restock$/, 'return_exceeds_sold');
      const returnId = await returnSome(order, 1);
      await order.sendEvent('return.received', { returnId });
      await met;
      await order.until(({ returns }) => returns[0]!.refunded > 0);
    },
    end: { status: 'completed', open: true },
  },
  {
    name: 'returns-of-a-terminated-run',
    story: 'The run of a return is terminated, and the goods come back: the next run takes the return over.',
    run: 'returns',
    play: async (order) => {
      const returnId = await returnSome(order, 1);
      await order.handle('returns').terminate('example');
      await order.sendEvent('return.received', { returnId });
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-review-of-a-terminated-run',
    story: 'The run of a return is terminated, and an operator approves the return: the next run takes it over.',
    run: 'returns',
    play: async (order) => {
      const returnId = await returnSome(order, 3);
      await order.handle('returns').terminate('example');
      await order.command(`returns/${returnId}/review`, { decision: 'approve' }, 'operator');
      await order.sendEvent('return.received', { returnId });
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-while-the-book-is-away',
    story: 'News of a return comes while the order book is away, and the run asks the book again until it answers.',
    run: 'returns',
    play: async (order) => {
      const returnId = await returnSome(order, 1);
      await order.handle('returns').terminate('example');
      const { end } = order.fails('orders', /^GET .*\/v1\/orders\/\w+ $/);
      await order.signalWithStartReturns();
      await order.untilEvent('TimerStarted', 'returns');
      end();
      await order.untilKind('timer the order book does not answer fired', 'returns');
      await order.sendEvent('return.received', { returnId });
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: { status: 'completed' },
  },
];
