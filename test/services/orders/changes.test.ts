import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../../contracts/order.js';
import { ChangeBell } from '../../../services/orders/change-bell.js';
import type { OrdersClient } from '../../../services/orders/client.js';
import { eventually } from '../support/start.js';
import { startBook, type TestBook } from './book.js';
import { deliveredView, orderView, position, publication, returnView } from './views.js';

let book: TestBook;
let client: OrdersClient;
let other: OrdersClient;
let admin: pg.Client;
beforeAll(async () => {
  book = await startBook();
  client = book.client;
  other = await book.another();
  admin = new pg.Client({ connectionString: book.databaseUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await book.close();
});

const publish = (view: OrderView, by = client, length = 1) =>
  by.publish({ params: { orderId: view.id }, body: publication(view, { length }) });
const now = async () => (await client.listChanges({ query: {} })).next;
/** Resolves when `count` connections listen for changes, and are idle. */
async function listening(count: number): Promise<number[]> {
  const sessions = await eventually(
    async () => {
      const { rows } = await admin.query<{ pid: number; query: string; state: string }>(
        `select pid, query, state from pg_stat_activity where datname = current_database()
           and application_name = 'orderflow-orders-changes'`,
      );
      return rows;
    },
    (rows) => rows.length === count && rows.every(({ query, state }) => query === 'listen changes' && state === 'idle'),
  );
  return sessions.map(({ pid }) => pid);
}

describe('a reader of changes', () => {
  it('misses none while many calls write at once through two instances', async () => {
    const start = await now();
    const writers = 40;
    const each = 25;
    let writing = true;
    const seen = new Map<string, number>();
    const numbers: number[] = [];
    const reader = (async () => {
      for (let after = start; ;) {
        const done = !writing;
        const { items, next } = await client.listChanges({ query: { after, limit: 7, waitMs: 50 } });
        for (const { change, view } of items) {
          numbers.push(change);
          seen.set(view.id, Number(view.reference));
        }
        expect(next).toBeGreaterThanOrEqual(after);
        after = next;
        if (done && items.length === 0) return;
      }
    })();
    // Each writer updates its own orders, and numbers the versions. The reader must see the last version of each order.
    await Promise.all(
      Array.from({ length: writers }, async (_, w) => {
        for (let n = 1; n <= each; n += 1) {
          await publish(orderView({ id: `busy_${w}_${n % 3}`, reference: String(n) }), w % 2 ? client : other, n);
        }
      }),
    );
    writing = false;
    await reader;
    const last: Record<string, number> = {};
    for (let w = 0; w < writers; w += 1) for (const n of [each, each - 1, each - 2]) last[`busy_${w}_${n % 3}`] = n;
    expect(Object.fromEntries(seen)).toEqual(last);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it('gets no number while a lower one may still appear', async () => {
    const start = await now();
    const slow = new pg.Client({ connectionString: book.databaseUrl });
    await slow.connect();
    try {
      await slow.query('begin');
      const view = orderView({ id: 'slow_commit' });
      await slow.query(
        `select publish_order($1, 'run-1', 1, 1, 1, 'f', $2, 'demo', 'c-1', null, 'placed', now(), null)`,
        [view.id, JSON.stringify(view)],
      );
      const quick = publish(orderView({ id: 'quick_commit' }));
      const early = await client.listChanges({ query: { after: start, waitMs: 200 } });
      expect(early).toEqual({ items: [], next: start });
      await slow.query('commit');
      await quick;
      const { items } = await client.listChanges({ query: { after: start } });
      expect(items.map(({ view: { id } }) => id)).toEqual(['slow_commit', 'quick_commit']);
    } finally {
      await slow.end();
    }
  });

  it('starts at the newest change without a number, or with a number that does not exist yet', async () => {
    await publish(orderView({ id: 'before_now' }));
    const here = await client.listChanges({ query: {} });
    expect(here.items).toEqual([]);
    expect(await client.listChanges({ query: { after: Number.MAX_SAFE_INTEGER - 1 } })).toEqual(here);
    await publish(orderView({ id: 'after_now' }));
    const { items } = await client.listChanges({ query: { after: here.next } });
    expect(items.map(({ view }) => view.id)).toEqual(['after_now']);
  });

  it('gets the newest view of each order once, and only the orders of its filter', async () => {
    const start = await now();
    await publish(deliveredView({ id: 'mine_1', shopId: 'mine' }));
    await publish(orderView({ id: 'yours_1', shopId: 'yours' }));
    await publish(deliveredView({ id: 'mine_2', shopId: 'mine' }));
    const returns = [returnView()];
    await client.publishReturns({ params: { orderId: 'mine_1' }, body: { position: position(), returns } });
    const ids = async (query: object) =>
      (await client.listChanges({ query: { after: start, ...query } })).items.map(({ view }) => view.id);
    expect(await ids({})).toEqual(['yours_1', 'mine_2', 'mine_1']);
    expect(await ids({ shopId: 'mine' })).toEqual(['mine_2', 'mine_1']);
    expect(await ids({ orderId: 'mine_2' })).toEqual(['mine_2']);
    expect(await ids({ orderId: 'mine_2', shopId: 'yours' })).toEqual([]);
    const page = await client.listChanges({ query: { after: start, shopId: 'mine', limit: 1 } });
    const rest = await client.listChanges({ query: { after: page.next, shopId: 'mine' } });
    expect([...page.items, ...rest.items].map(({ view }) => view.id)).toEqual(['mine_2', 'mine_1']);
  });
});

describe('a call that waits for a change', () => {
  const waitMs = 20_000;

  it('is answered as soon as the change is visible, whichever instance wrote it', async () => {
    await listening(2);
    for (const by of [client, other]) {
      const waiting = client.listChanges({ query: { after: await now(), orderId: 'awaited', waitMs } });
      await publish(orderView({ id: 'not_awaited' }), by);
      const written = performance.now();
      await publish(orderView({ id: 'awaited' }), by, Math.ceil(written));
      const { items } = await waiting;
      expect(performance.now() - written).toBeLessThan(waitMs / 4);
      expect(items.map(({ view }) => view.id)).toEqual(['awaited']);
    }
  });

  it('is answered without changes when its time has ended', async () => {
    const after = await now();
    const begun = performance.now();
    expect(await client.listChanges({ query: { after, waitMs: 150 } })).toEqual({ items: [], next: after });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(145);
  });

  it('is woken when the listening connection was cut and restored, and later changes are heard as before', async () => {
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const stop = new AbortController();
    const bell = new ChangeBell(book.databaseUrl, log);
    const running = bell.run(stop.signal);
    try {
      const pids = await listening(3);
      const first = bell.wait({ orderId: 'cut_1' }, waitMs, stop.signal);
      await admin.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [pids]);
      // Nothing listens at this moment.
      await publish(orderView({ id: 'cut_1' }));
      await first.over;
      expect(first.isOver).toBe(false); // The time has not ended, and the wait was not stopped.

      const again = await listening(3);
      expect(again.filter((pid) => pids.includes(pid))).toEqual([]);
      const second = bell.wait({ orderId: 'cut_2' }, waitMs, stop.signal);
      await publish(orderView({ id: 'cut_2' }));
      await second.over;
      expect(second.isOver).toBe(false);
    } finally {
      stop.abort();
      await running;
    }
  });

  it('is not answered because of changes outside its filter', async () => {
    await listening(2);
    const after = await now();
    const begun = performance.now();
    const waiting = client.listChanges({ query: { after, orderId: 'never', waitMs: 300 } });
    for (let n = 0; n < 5; n += 1) await publish(orderView({ id: `noise_${n}` }));
    const { items, next } = await waiting;
    expect(items).toEqual([]);
    expect(next).toBeGreaterThan(after);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(295);
  });

  it('does not delay the stop of the service', async () => {
    const own = await startBook();
    const waiting = own.client.listChanges({ query: { waitMs } });
    await own.client.getStats({}); // By now the first call is being answered.
    const begun = performance.now();
    const closed = own.close();
    expect(await waiting).toMatchObject({ items: [] });
    await closed;
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});
