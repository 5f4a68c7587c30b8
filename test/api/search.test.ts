import { afterAll, beforeAll, expect, it } from 'vitest';
import { serviceTrouble } from '../../contracts/failures.js';
import type { OrderView } from '../../contracts/order.js';
import type { TroubleList } from '../../src/api/trouble/trouble.schema.js';
import { startBook, type TestBook } from '../services/orders/book.js';
import { orderView, publication } from '../services/orders/views.js';
import { Caller, type Problem } from './support/caller.js';
import { keys, nowhere, startApi, type ApiOnly } from './support/system.js';

let book: TestBook;
let api: ApiOnly;
beforeAll(async () => {
  book = await startBook();
  // Nothing listens there: lists, counts and groups need the order book alone.
  api = await startApi(nowhere, book.url);
  const failure = serviceTrouble('service_unavailable', 'payment');
  const stuck: Partial<OrderView> = {
    status: 'needs_attention',
    failure: { ...failure, step: 'authorizePayment' },
    steps: [{ id: 'authorizePayment', dependsOn: [], state: 'failed', attempts: 9, failure }],
  };
  await publish({ id: 'ord_1', shopId: 'demo', ...stuck });
  await publish({ id: 'ord_2', shopId: 'demo', customerId: 'ada' });
  await publish({ id: 'ord_3', shopId: 'other', ...stuck });
});
afterAll(async () => {
  await api?.close();
  await book?.close();
});

const publish = (view: Partial<OrderView> & { id: string }) =>
  book.client.publish({ params: { orderId: view.id }, body: publication(orderView(view)) });
const as = (key: keyof typeof keys) => new Caller(api.url, keys[key]);

interface Page {
  items: OrderView[];
}
const idsOf = ({ body }: { body: Page }) => body.items.map(({ id }) => id);

it('counts orders, those of the own shop alone', async () => {
  const { body } = await as('shop').get('/v1/orders/counts');
  expect(body).toMatchObject({ byStatus: { placed: 1, needs_attention: 1, completed: 0 }, stuck: 1, exact: true });
  expect((await as('operator').get('/v1/orders/counts')).body).toMatchObject({ byStatus: { needs_attention: 2 } });
  expect((await as('operator').get('/v1/orders/counts?shopId=other&customerId=c-1')).body).toMatchObject({
    byStatus: { needs_attention: 1, placed: 0 },
  });
});

it('lists the groups of trouble, and the orders of a group', async () => {
  const { body } = await as('operator').get<TroubleList>('/v1/trouble');
  expect(body.items).toMatchObject([
    { kind: 'stuck', step: 'authorizePayment', failureCode: 'service_unavailable', service: 'payment', orders: 2 },
  ]);
  const { id } = body.items[0]!;
  expect(idsOf(await as('operator').get<Page>(`/v1/orders?group=${id}`)).sort()).toEqual(['ord_1', 'ord_3']);
  // A group is not of one shop, so its id means the same to everybody; what it lists does not.
  expect(idsOf(await as('shop').get<Page>(`/v1/orders?group=${id}`))).toEqual(['ord_1']);
  expect((await as('shop').get<TroubleList>('/v1/trouble')).body.items).toMatchObject([
    { orders: 1, examples: ['ord_1'] },
  ]);
  expect(idsOf(await as('operator').get<Page>('/v1/orders?trouble=stuck&shopId=other'))).toEqual(['ord_3']);
});

it.each(['/v1/orders', '/v1/orders/counts', '/v1/trouble'])('%s refuses another shop', async (path) => {
  const { status, body } = await as('shop').get<Problem>(`${path}?shopId=other`);
  expect([status, body.code]).toEqual([403, 'forbidden']);
});

it.each([
  'group=nonsense',
  `group=${Buffer.from('["stuck","a"]').toString('base64url')}`,
  `group=${Buffer.from('["lost","a","b","c"]').toString('base64url')}`,
  'trouble=some',
  'sku=%00',
  'color=red',
])('refuses %s', async (query) => {
  for (const path of ['/v1/orders', '/v1/orders/counts']) {
    const { status, body } = await as('operator').get<Problem>(`${path}?${query}`);
    expect([status, body.code], path).toEqual([400, 'invalid_query']);
  }
});
