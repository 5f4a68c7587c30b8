import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { serviceNames } from '../../src/config/index.js';
import { databaseUrlOf } from '../../services/support/database.js';
import type { ImportReport } from '../../tools/cli/import/report.js';
import type { PartName } from '../../tools/local/run-file.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { until } from '../support/until.js';
import { startCommand } from './support/command.js';
import type { Shop } from './support/shop.js';
import { wholeSystem } from './support/system.js';

let shop: Shop;
wholeSystem({}, (opened) => (shop = opened));

type List = { items: OrderView[]; nextCursor: string | null };
async function allOrders(): Promise<OrderView[]> {
  const { status, body } = await shop.caller.get<List>('/v1/orders?limit=200');
  if (status !== 200 || body.nextCursor !== null) throw new Error(`listing answered ${status}`);
  return body.items;
}

describe('without the order book', { timeout: 240_000 }, () => {
  it('orders are placed and read, take commands and go on; the book has everything when it is back', async () => {
    const known = await shop.place();
    await known.parcels('booked');
    await shop.system.stopPart('orders');
    try {
      const order = await shop.place({ carrier: 'simulated' }, 'without-a-book');
      expect(await order.read()).toMatchObject({ id: order.id, revision: 0 });
      expect((await known.tell('cancel')).status).toBe(200);
      expect((await known.ended('cancelled')).failure?.code).toBe('cancelled_by_customer');
      expect(await order.ended('completed')).toMatchObject({ payment: { captured: 2990 } });
      expect((await shop.send({ carrier: 'simulated' }, 'without-a-book')).status).toBe(200);
      const list = await shop.caller.get('/v1/orders');
      expect([list.status, list.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
      const ready = await shop.caller.get<{ parts: object }>('/health/ready');
      expect(ready).toMatchObject({ status: 200, body: { parts: { orders: 'down', temporal: 'up' } } });

      await shop.system.startPart('orders');
      const listed = await until(async () => {
        const found = (await allOrders()).filter(({ id }) => id === known.id || id === order.id);
        const both =
          found.length === 2 && found.every(({ status }) => status === 'completed' || status === 'cancelled');
        return both ? found : undefined;
      }, 60_000);
      expect(listed.map(({ id, status }) => [id, status])).toEqual([
        [order.id, 'completed'],
        [known.id, 'cancelled'],
      ]);
      expect(Math.min(...listed.map(({ revision }) => revision))).toBeGreaterThan(0);
      // The runs close only now that their last views are stored.
      for (const { id } of [known, order]) {
        expect(await shop.temporal.workflow.getHandle(orderWorkflowId(id)).result()).toMatchObject({ id });
      }
    } finally {
      await shop.system.startPart('orders');
    }
  });

  it('a book that hangs blocks nothing either', async () => {
    shop.system.kill('orders', 'SIGSTOP');
    try {
      const order = await shop.place({ carrier: 'simulated' });
      expect(await order.ended('completed')).toMatchObject({ payment: { captured: 2990 } });
      shop.system.kill('orders', 'SIGCONT');
      await until(
        async () => (await allOrders()).some(({ id, status }) => id === order.id && status === 'completed'),
        60_000,
      );
      // The hanging book stores late. The run closes once the book has answered.
      await shop.temporal.workflow.getHandle(orderWorkflowId(order.id)).result();
    } finally {
      shop.system.kill('orders', 'SIGCONT');
    }
  });

  it('a lost and recreated book is empty, and npm run rebuild fills it', async () => {
    const returned = await shop.place();
    await returned.deliver();
    const asked = await returned.tell('returns', { lines: [{ sku: 'mug', quantity: 1 }], reason: 'chipped' });
    await returned.hear('return.received', { returnId: asked.body.returns[0]!.id });
    await returned.until(({ returns }) => returns[0]?.status === 'closed');
    const open = await shop.place();
    await open.parcels('booked');
    const declined = await shop.place({ payment: { method: 'card', token: 'tok_declined' } });
    await declined.ended('failed');
    const before = await until(async () => {
      const orders = await allOrders();
      return orders.every(({ steps }) => steps.every(({ state }) => state !== 'running')) ? orders : undefined;
    });

    await shop.system.stopPart('orders');
    try {
      await dropDatabase(databaseUrlOf(shop.system.postgresUrl!, 'orders'));
    } finally {
      await shop.system.startPart('orders');
    }
    expect(await allOrders()).toEqual([]);

    const rebuild = await startCommand(shop.system, 'rebuild').ended;
    expect(rebuild.status, rebuild.output).toBe(0);
    const rebuilt = await allOrders();
    expect(rebuilt.map(withoutTimes)).toEqual(before.map(withoutTimes));
    const fallen = rebuilt.filter(
      ({ returns, revision }, index) => !returns.length && revision < before[index]!.revision,
    );
    expect(fallen.map(({ id }) => id)).toEqual([]);
    // An open order goes on writing to its entry in the rebuilt book.
    expect(await open.deliver()).toMatchObject({ payment: { captured: 2990 } });
    await until(async () => (await allOrders()).some(({ id, status }) => id === open.id && status === 'completed'));
    // Orders are merged, not doubled: a second rebuild changes nothing.
    const count = (await allOrders()).length;
    expect((await startCommand(shop.system, 'rebuild').ended).status).toBe(0);
    expect((await allOrders()).length).toBe(count);
  });
});

/** Drops the times from a view. When a run is rebuilt from its history, the end of a parallel call can differ by some milliseconds. */
function withoutTimes({ revision: _r, updatedAt: _u, timing: _t, steps, ...view }: OrderView): object {
  return { ...view, steps: steps.map(({ startedAt: _s, finishedAt: _f, dueAt: _d, ...step }) => step) };
}

async function dropDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: shop.system.postgresUrl });
  await client.connect();
  try {
    await client.query(`drop database ${client.escapeIdentifier(new URL(url).pathname.slice(1))} with (force)`);
  } finally {
    await client.end();
  }
}

it('an import ends correctly after kill -9 of Temporal and PostgreSQL, and then of everything else at once', async () => {
  const { system } = shop;
  const json = join(system.dataDir, 'import.json');
  const before = (await allOrders()).length;
  const rounds: PartName[][] = [
    ['temporal', 'postgres'],
    ['worker', 'api', ...serviceNames],
  ];
  // A few at a time, so that the import can be interrupted midway.
  const log = 'test/fixtures/real-orders-25.csv';
  const running = startCommand(system, 'import', log, '--concurrency', '4', '--json', json);
  for (const [index, victims] of rounds.entries()) {
    await until(async () => {
      if (running.status !== undefined) return true;
      const orders = (await allOrders()).slice(0, -before || undefined);
      return orders.filter(({ status }) => status !== 'placed').length >= 5 + index * 8;
    }, 180_000);
    expect(running.status, `the import was over before ${victims.join(', ')} were killed`).toBeUndefined();
    const pids = victims.map((part) => system.pid(part));
    for (const part of victims) system.kill(part, 'SIGKILL');
    await until(
      () => victims.every((part, at) => system.state(part) === 'up' && system.pid(part) !== pids[at]),
      120_000,
    );
  }
  const ended = await running.ended;
  expect(ended.status, ended.output).toBe(0);
  const report = JSON.parse(readFileSync(json, 'utf8')) as ImportReport;
  expect(report).toMatchObject({ played: 25, right: 25, known: 0, mismatches: [], balance: { differences: [] } });
  console.info(`an import of 25 orders, every part killed once: ${report.seconds} s`);
}, 600_000);
