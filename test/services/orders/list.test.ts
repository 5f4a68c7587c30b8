import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../../contracts/order.js';
import type { OrderStatus } from '../../../contracts/statuses.js';
import type { OrdersClient } from '../../../services/orders/client.js';
import { startBook, type TestBook } from './book.js';
import { orderView, publication } from './views.js';
import { authorized } from '../../support/service-token.js';

let book: TestBook;
let client: OrdersClient;
beforeAll(async () => {
  book = await startBook();
  client = book.client;
});
afterAll(() => book.close());

type Query = NonNullable<Parameters<OrdersClient['listOrders']>[0]['query']>;

const publish = (view: OrderView) => client.publish({ params: { orderId: view.id }, body: publication(view) });
const minute = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
async function pagesOf(query: Query, between = () => Promise.resolve()): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | null | undefined;
  do {
    const page = await client.listOrders({ query: { ...query, ...(cursor ? { cursor } : {}) } });
    pages.push(page.items.map(({ id }) => id));
    cursor = page.nextCursor;
    await between();
  } while (cursor);
  return pages;
}

/** The next letter of base64url. At the end of a text, it sets bits that base64 ignores. */
const after = (letter: string): string => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return letters[(letters.indexOf(letter) + 1) % 64]!;
};

describe('a list of large orders', () => {
  const shopId = 'large';
  // 139 orders of 269 KB are 37 MB.
  const ids = Array.from({ length: 139 }, (_, n) => `large_${String(n).padStart(3, '0')}`);
  const lines = Array.from({ length: 480 }, (_, n) => ({
    sku: `sku-${n}`,
    name: 'x'.repeat(490),
    quantity: 1,
    unitPrice: 100,
    reserved: 1,
  }));
  let start: number;
  beforeAll(async () => {
    start = (await client.listChanges({ query: {} })).next;
    for (const [n, id] of ids.entries()) await publish(orderView({ id, shopId, lines, placedAt: minute(n) }));
  });
  const sizeOf = (page: unknown) => Buffer.byteLength(JSON.stringify(page));

  it.each([
    ['of its shop', { shopId }],
    ['of all', {}],
  ])('comes in pages of 8 MiB at most, %s', async (_, filter) => {
    const seen: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await client.listOrders({ query: { ...filter, limit: 200, ...(cursor ? { cursor } : {}) } });
      expect(sizeOf(page)).toBeLessThan(8 * 1024 * 1024);
      expect(page.items.length).toBeGreaterThan(0);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen.filter((id) => id.startsWith('large_'))).toEqual(ids.toReversed());
  });

  it('is returned as changes, a few at a time, to the last one', async () => {
    const seen: string[] = [];
    for (let after = start; seen.length < ids.length;) {
      const page = await client.listChanges({ query: { after, shopId, limit: 200 } });
      expect(sizeOf(page)).toBeLessThan(8 * 1024 * 1024);
      seen.push(...page.items.map(({ view }) => view.id));
      expect(page.next).toBeGreaterThan(after);
      after = page.next;
    }
    expect(seen).toEqual(ids);
  });
});

describe('the list of orders', () => {
  it('is sorted by the time of placing, newest first, then by id, descending; the last page has no cursor', async () => {
    const shopId = 'paging';
    const views = Array.from({ length: 7 }, (_, n) =>
      orderView({ id: `page_${n}`, shopId, placedAt: minute(Math.floor(n / 3)) }),
    );
    for (const view of views) await publish(view);
    expect(await pagesOf({ shopId, limit: 3 })).toEqual([
      ['page_6', 'page_5', 'page_4'],
      ['page_3', 'page_2', 'page_1'],
      ['page_0'],
    ]);
    expect(await pagesOf({ shopId, limit: 7 })).toHaveLength(1);
  });

  it('shows each order once while others are placed and change between the pages', async () => {
    const shopId = 'moving';
    const ids = Array.from({ length: 10 }, (_, n) => `moving_${n}`);
    for (const [n, id] of ids.entries()) await publish(orderView({ id, shopId, placedAt: minute(n) }));
    let more = 100;
    const pages = await pagesOf({ shopId, limit: 3 }, async () => {
      await publish(orderView({ id: `moving_new_${more}`, shopId, placedAt: minute(more++) }));
      const changed = orderView({ id: 'moving_1', shopId, placedAt: minute(1), status: 'confirmed' });
      await client.publish({ params: { orderId: 'moving_1' }, body: publication(changed, { length: more }) });
    });
    expect(pages.flat()).toEqual(ids.toReversed());
  });

  it('filters by each field, and by several together', async () => {
    const shopId = 'filters';
    const make = (n: number, overrides: Partial<OrderView>) =>
      publish(orderView({ id: `filter_${n}`, shopId, placedAt: minute(n), ...overrides }));
    await make(0, { customerId: 'ada', status: 'completed', reference: 'R-1' });
    await make(1, { customerId: 'ada', status: 'confirmed' });
    await make(2, { customerId: 'bob', status: 'completed', reference: 'R-1' });
    await make(3, { customerId: 'bob', status: 'failed' });
    await make(4, { customerId: 'ada', status: 'completed', shopId: 'other' });
    const found = async (query: Query) =>
      (await pagesOf({ shopId, limit: 1, ...query })).flat().map((id) => +id.slice(7));
    expect(await found({})).toEqual([3, 2, 1, 0]);
    expect(await found({ customerId: 'ada' })).toEqual([1, 0]);
    expect(await found({ reference: 'R-1' })).toEqual([2, 0]);
    expect(await found({ status: ['completed'] })).toEqual([2, 0]);
    expect(await found({ status: ['failed', 'completed', 'failed'] })).toEqual([3, 2, 0]);
    expect(await found({ status: ['completed', 'confirmed'], customerId: 'ada' })).toEqual([1, 0]);
    expect(await found({ placedAfter: minute(1), placedBefore: minute(3) })).toEqual([2, 1]);
    expect(await found({ placedAfter: '2026-01-01t01:01:00+01:00' })).toEqual([3, 2, 1]);
    expect(await found({ placedBefore: '2025-12-31T23:59:60Z' })).toEqual([]);
    expect(await found({ placedAfter: '2025-12-31T23:59:60Z' })).toEqual([3, 2, 1, 0]);
    expect(await found({ placedBefore: '0000-01-01T00:00:00Z' })).toEqual([]);
    const everywhere = await client.listOrders({ query: { customerId: 'ada', status: ['completed'] } });
    expect(everywhere.items.map(({ id }) => id)).toEqual(['filter_4', 'filter_0']);
  });

  it.each([
    ['nonsense', 'nonsense'],
    ['a cursor of nothing', Buffer.from('[]').toString('base64url')],
    ['a time beyond all', Buffer.from('[9000000000000000,"a"]').toString('base64url')],
    ['a year before 0', Buffer.from('[-8.64e15,"x"]').toString('base64url')],
    ['a year beyond 9999', Buffer.from('[253402300800000,"a"]').toString('base64url')],
    ['an id with a quote', Buffer.from('[1,"\'"]').toString('base64url')],
    ['written with spaces', Buffer.from('[1, "a"]').toString('base64url')],
    ['written in base64 with padding', Buffer.from('[1,"ab"]').toString('base64')],
  ])('refuses a cursor that is %s', async (_case, cursor) => {
    await expect(client.listOrders({ query: { cursor } })).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  it('rejects its own cursor with an extra letter, or with another letter at the end', async () => {
    const shopId = 'cursors';
    for (const n of [1, 2]) await publish(orderView({ id: `cursor_${n}`, shopId, placedAt: minute(n) }));
    const { nextCursor } = await client.listOrders({ query: { shopId, limit: 1 } });
    const cursor = nextCursor as string;
    const changed = [`${cursor}A`, `${cursor}=`, cursor.slice(0, -1), `${cursor.slice(0, -1)}${after(cursor.at(-1)!)}`];
    for (const wrong of changed) {
      await expect(client.listOrders({ query: { shopId, cursor: wrong } }), wrong).rejects.toMatchObject({
        code: 'invalid_cursor',
      });
    }
    expect((await client.listOrders({ query: { shopId, cursor } })).items.map(({ id }) => id)).toEqual(['cursor_1']);
  });

  it.each(['limit=0', 'limit=201', 'status=lost', 'placedAfter=yesterday', 'color=red', 'shopId=%00'])(
    'answers 400 invalid_query to %s',
    async (query) => {
      const response = await fetch(`${book.url}/v1/orders?${query}`, { headers: authorized });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'invalid_query' });
    },
  );
});

it('counts orders by status, and those with an overdue step', async () => {
  const before = await client.getStats({});
  const step = { id: 'ship', dependsOn: [], state: 'running' as const, attempts: 1 };
  const late = (status: OrderStatus, n: number) =>
    orderView({
      id: `late_${n}`,
      status,
      steps: [step, { ...step, dueAt: '2020-01-01T00:00:00.000Z' }, { ...step, dueAt: '2120-01-01T00:00:00.000Z' }],
    });
  await publish(late('shipping', 1));
  await publish(late('needs_attention', 2));
  await publish(orderView({ id: 'late_3', status: 'shipping', steps: [step] }));
  const added = await client.getStats({});
  expect(added.overdue - before.overdue).toBe(2);
  expect((added.byStatus['shipping'] ?? 0) - (before.byStatus['shipping'] ?? 0)).toBe(2);

  const onTime = orderView({ id: 'late_1', status: 'delivered', steps: [step] });
  await client.publish({ params: { orderId: 'late_1' }, body: publication(onTime, { length: 9 }) });
  expect((await client.getStats({})).overdue - before.overdue).toBe(1);
});

it('serves its OpenAPI document', async () => {
  const response = await fetch(`${book.url}/openapi.json`);
  expect(response.status).toBe(200);
  expect(Object.keys(((await response.json()) as { paths: object }).paths)).toContain('/v1/changes');
});
