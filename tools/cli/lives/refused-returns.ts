import type { OrderView } from '../../../contracts/order.js';
import { mostReturns } from '../../../contracts/returns.js';
import type { Driver } from './driver.js';
import type { Life } from './life.js';
import { complete, returnSome } from './moves.js';

const theOrder = /^GET .*\/v1\/orders\/\w+ $/;
const booked: Life['end'] = { status: 'confirmed' };
const completed: Life['end'] = { status: 'completed' };

/** The order book shows the order to the run of the returns as `changes` makes it. */
async function requestOf(order: Driver, changes: (view: OrderView) => OrderView): Promise<void> {
  await complete(order);
  const { end } = order.fault('orders', {
    call: theOrder,
    changes: (answer: { view: OrderView }) => ({ ...answer, view: changes(answer.view) }),
  });
  await order.requestReturn('ret_late');
  end();
}

/** Returns that are refused, and returns that another run has begun. Each recorded run is that of the returns. */
export const refusedReturns: Life[] = [
  {
    name: 'returns-of-an-open-order',
    story: 'A return is requested before the order is delivered, and is refused.',
    run: 'returns',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.requestReturn('ret_early');
    },
    end: booked,
  },
  {
    name: 'returns-of-an-unknown-order',
    story: 'A return is requested of an order that the order book does not know.',
    run: 'returns',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      const answer = { status: 404, body: { code: 'not_found', detail: 'There is no such order.' } };
      const { end } = order.fault('orders', { call: theOrder, answer });
      await order.requestReturn('ret_unknown');
      end();
    },
    end: booked,
  },
  {
    name: 'returns-refused-while-the-book-is-away',
    story: 'A return is requested while the order book is away, and is refused for now.',
    run: 'returns',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      const { end } = order.fails('orders', theOrder);
      await order.requestReturn('ret_early');
      end();
    },
    end: booked,
  },
  {
    name: 'returns-after-the-window',
    story: 'A return is requested when the time for returns is over, and is refused.',
    run: 'returns',
    play: (order) => requestOf(order, (view) => ({ ...view, returnableUntil: view.placedAt })),
    end: completed,
  },
  {
    name: 'returns-too-many',
    story: 'A return is requested of an order that has had as many as it takes, and is refused.',
    run: 'returns',
    play: (order) =>
      requestOf(order, (view) => ({
        ...view,
        returns: Array.from({ length: mostReturns }, (_, index) => ({
          id: `ret_${index}`,
          status: 'rejected',
          lines: [{ sku: 'mug', quantity: 1 }],
          reason: 'too many',
          refunded: 0,
          requestedAt: view.placedAt,
        })),
      })),
    end: completed,
  },
  {
    name: 'returns-requested-twice',
    story: 'A return is requested twice, together with one of goods that were not ordered and a retry of nothing.',
    run: 'returns',
    play: async (order) => {
      const first = await returnSome(order, 1);
      const request = (returnId: string, sku = 'mug'): [string, object] => [
        'requestReturn',
        { returnId, lines: [{ sku, quantity: 1 }], reason: 'broken' },
      ];
      await order.updateTogether(
        [
          request('ret_second'),
          request('ret_second'),
          request('ret_third', 'unheardOf'),
          ['retryReturn', { returnId: first }],
        ],
        'returns',
      );
      for (const returnId of [first, 'ret_second']) await order.sendEvent('return.received', { returnId });
      await order.until(({ returns }) => returns.length === 2 && returns.every(({ status }) => status === 'closed'));
    },
    end: completed,
  },
  {
    name: 'returns-one-after-the-other',
    story: 'The customer returns one piece, and another one when that is closed: the second run.',
    run: 'returns',
    play: async (order) => {
      const first = await returnSome(order, 1);
      await order.sendEvent('return.received', { returnId: first });
      await order.until(({ returns }) => returns[0]!.status === 'closed');
      await order.handle('returns').result();
      await order.command('returns', { lines: [{ sku: 'mug', quantity: 1 }], reason: 'broken' });
      const { returns } = await order.until((view) => view.returns.length === 2);
      const { id } = returns.find((each) => each.id !== first)!;
      await order.sendEvent('return.received', { returnId: id });
      await order.until((view) => view.returns.every(({ status }) => status === 'closed'));
    },
    end: completed,
  },
  {
    name: 'returns-half-done-by-a-terminated-run',
    story:
      'The money is paid back, the goods cannot be restocked, and the run is terminated: the next run closes the return.',
    run: 'returns',
    play: async (order) => {
      const { end } = order.rejects('inventory', /:restock$/, 'return_exceeds_sold');
      const returnId = await returnSome(order, 1);
      await order.sendEvent('return.received', { returnId });
      await order.until(({ returns }) => returns[0]!.refunded > 0);
      await order.handle('returns').terminate('example');
      end();
      await order.signalWithStartReturns();
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: completed,
  },
  {
    name: 'returns-at-the-limit',
    story: 'The refund is the largest one that needs no approval.',
    run: 'returns',
    play: async (order) => {
      await complete(order, { lines: [{ sku: 'mug', quantity: 3, unitPrice: 1500 }], shippingFee: 0 });
      await order.command('returns', { lines: [{ sku: 'mug', quantity: 2 }], reason: 'too many' });
      const { returns } = await order.until((view) => view.returns.length > 0);
      await order.sendEvent('return.received', { returnId: returns[0]!.id });
      await order.until((view) => view.returns[0]!.status === 'closed');
    },
    end: completed,
  },
  {
    name: 'returns-news-of-any-return',
    story: 'The goods come back, and the news does not say which return they belong to.',
    run: 'returns',
    play: async (order) => {
      await returnSome(order, 1);
      await order.signal('return.received');
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: completed,
  },
];
