import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrdersClient } from '../../../services/orders/client.js';
import { servicesInMemory } from '../../../tools/simulate/services/index.js';
import { startBook, type TestBook } from '../../services/orders/book.js';
import { deliveredView, orderView, returnView } from '../../services/orders/views.js';
import { shareOf } from '../../support/share.js';
import { outcomeOf, settings } from './both.js';

let book: TestBook;
beforeAll(async () => {
  book = await startBook();
});
afterAll(() => book?.close());

// Few values, so that many views compete for the same place.
const position = fc.record({
  runId: fc.constantFrom('r1', 'r1', 'r2', 'r3'),
  length: fc.integer({ min: 0, max: 3 }),
  at: fc.integer({ min: 1, max: 3 }),
  seq: fc.integer({ min: 0, max: 2 }),
});
const returnId = fc.constantFrom('ret_1', 'ret_2', 'ret_3');

const action = fc.record({
  what: fc.constantFrom('publish', 'publish', 'publish', 'returns', 'returns', 'late'),
  order: fc.constantFrom('o1', 'o2'),
  position,
  refunds: fc.array(fc.record({ id: returnId, refunded: fc.integer({ min: 0, max: 500 }) }), { maxLength: 3 }),
  late: fc.array(fc.constantFrom('a', 'b', 'ccc'), { minLength: 1, maxLength: 2 }),
  isDelivered: fc.boolean(),
  revision: fc.constantFrom(0, 0, 0, 7),
  status: fc.constantFrom('placed', 'confirmed'),
});
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

const actions = fc.array(action, { minLength: 10, maxLength: 25 });

it('the random views come late, from other runs, and before their order', () => {
  const first = (what: string) => shareOf(actions, ([one]) => one?.what === what);
  expect(first('returns')).toBeGreaterThan(0.2);
  const older = ([a, b]: Action[]) =>
    a?.position.runId === b?.position.runId && a!.position.length > b!.position.length;
  expect(shareOf(actions, older)).toBeGreaterThan(0.1);
});

function make(client: OrdersClient, prefix: string, action: Action): Promise<unknown> {
  const orderId = prefix + action.order;
  const { position, status, revision } = action;
  switch (action.what) {
    case 'publish': {
      const own = {
        id: orderId,
        shopId: prefix,
        revision,
        reference: `${position.at}`,
        placedAt: placed(action.order),
      };
      const view = action.isDelivered ? deliveredView(own) : orderView({ ...own, status });
      return client.publish({ params: { orderId }, body: { position, fingerprint: `f-${position.seq}`, view } });
    }
    case 'returns': {
      const returns = action.refunds.map(({ id, refunded }) => returnView({ id, refunded }));
      return client.publishReturns({ params: { orderId }, body: { position, returns } });
    }
    case 'late': {
      const payments = action.late.map((id) => {
        return { id, at: '2026-02-01T10:00:00.000Z', outcome: 'returned' as const, code: `by ${position.runId}` };
      });
      return client.publishLatePayments({ params: { orderId }, body: { payments } });
    }
  }
}

function placed(order: string): string {
  return order === 'o1' ? '2026-01-01T10:00:00.000Z' : '2026-01-02T10:00:00.000Z';
}

it('answers as the real book after any publications', async () => {
  let cases = 0;
  await fc.assert(
    fc.asyncProperty(actions, async (all) => {
      const prefix = `c${cases++}-`;
      const model = servicesInMemory({ now: Date.now, wait: () => Promise.resolve() }).orders.client;
      for (const one of all) {
        const expected = await outcomeOf(make(book.client, prefix, one));
        expect(await outcomeOf(make(model, prefix, one))).toEqual(expected);
      }
      expect(await read(model, prefix)).toEqual(await read(book.client, prefix));
    }),
    settings,
  );
}, 120_000);

/** All that readers see of the orders of a case. The numbers of the changes are those of each book, so only their sequence is compared. */
async function read(client: OrdersClient, prefix: string) {
  const entries = await Promise.all(
    ['o1', 'o2'].map((order) => outcomeOf(client.getOrder({ params: { orderId: prefix + order } }))),
  );
  const list = (query: object) => client.listOrders({ query: { shopId: prefix, ...query } });
  const first = await list({ limit: 1 });
  const { items } = await client.listChanges({ query: { after: 0, shopId: prefix } });
  return {
    entries: withoutChange(entries),
    lists: [
      await list({}),
      first.items,
      first.nextCursor === null ? null : await list({ limit: 1, cursor: first.nextCursor }).then((page) => page.items),
      await list({ status: ['completed'] }),
      await list({ reference: '2' }),
      await list({ placedAfter: placed('o2') }),
      await list({ placedBefore: placed('o2') }),
    ],
    changes: withoutChange(items),
  };
}

function withoutChange(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (name, inner: unknown) => (name === 'change' ? undefined : inner)));
}
