import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BulkOrder } from '../../contracts/bulk.schema.js';
import type { OrderView } from '../../contracts/order.js';
import { keyOf } from '../../tools/cli/find-system.js';
import { httpTo } from '../../tools/cli/http.js';
import { faults, makeStuck, stuckEnvironment, type Fault } from '../../tools/cli/stuck/make-stuck.js';
import { sendWebhook } from '../../tools/cli/webhook.js';
import { ensurePageBuilt } from '../../tools/local/build.mjs';
import { Caller } from '../api/support/caller.js';
import { anOrder } from '../api/support/orders.js';
import { startTestSystem, type TestSystem } from '../support/system.js';
import { until } from '../support/until.js';
import { findBrowser, launchBrowser } from '../../tools/local/browser.js';
import { Visitor } from './support/visitor.js';

const executable = await findBrowser();
/** STUCK_ORDERS=10000 is the whole run: it takes the better part of an hour. */
const orders = Number(process.env.STUCK_ORDERS ?? 150);
/** A bulk sends 50 commands a second. */
const patienceMs = 120_000 + orders * 200;

describe.skipIf(executable === undefined)(`${orders} orders that are stuck by three faults`, () => {
  let system: TestSystem;
  let browser: Browser;
  let shop: Caller;
  let operator: Caller;
  let untouched: ReadonlyMap<string, OrderView>;
  let stuck: Record<Fault, string[]>;
  beforeAll(
    async () => {
      await ensurePageBuilt();
      [system, browser] = await Promise.all([
        // The other orders must not change by themselves meanwhile.
        startTestSystem({
          env: { ...stuckEnvironment, PAYMENT_DEADLINE: '5d', REVIEW_DEADLINE: '5d', LOG_LEVEL: 'error' },
        }),
        launchBrowser(executable!),
      ]);
      shop = new Caller(system.urls.api, keyOf(system.config, 'shop').key);
      operator = new Caller(system.urls.api, keyOf(system.config, 'operator').key);
      const others = await placeOthers();
      const began = Date.now();
      stuck = await makeStuck(system, { orders });
      console.info(`${orders} orders are stuck after ${Math.round((Date.now() - began) / 1000)} s`);
      untouched = await viewsOf(others);
    },
    300_000 + orders * 500,
  );
  afterAll(async () => {
    await browser?.close();
    await system?.remove();
  }, 120_000);

  const place = async (changes: object) => {
    const { status, body } = await shop.place(anOrder({ customerId: `c-${randomUUID()}`, ...changes }));
    expect(status).toBe(201);
    return body.id;
  };
  const reach = (id: string, status: OrderView['status']) =>
    until(async () => (await shop.get(`/v1/orders/${id}`)).body.status === status, 60_000);
  const viewsOf = async (ids: readonly string[]) =>
    new Map(
      await Promise.all(ids.map(async (id) => [id, unhurried((await shop.get(`/v1/orders/${id}`)).body)] as const)),
    );

  /** Orders in every state that a bulk could touch by mistake, one of them stuck too, but at another step. */
  const placeOthers = async () => {
    const completed = await place({ carrier: 'simulated' });
    const unpaid = await place({ payment: { method: 'later' } });
    const inReview = await place({ payment: { method: 'card', token: 'tok_review' } });
    const failed = await place({ payment: { method: 'card', token: 'tok_declined' } });
    const confirmed = await place({ carrier: 'external' });
    const stuckElsewhere = await place({ carrier: 'external' });
    await Promise.all([
      reach(completed, 'completed'),
      reach(unpaid, 'awaiting_payment'),
      reach(inReview, 'awaiting_review'),
      reach(failed, 'failed'),
      reach(confirmed, 'confirmed'),
      reach(stuckElsewhere, 'confirmed'),
    ]);
    // Its parcel is on its way when the money cannot be captured.
    await system.stopPart('payment');
    const http = httpTo({ url: (part) => system.urls[part], serviceToken: () => system.config.serviceToken }, 30_000);
    await sendWebhook(http, system.config.webhookSecrets as Record<'payment' | 'carrier', string>, {
      id: randomUUID(),
      type: 'shipment.dispatched',
      timestamp: new Date().toISOString(),
      data: { orderId: stuckElsewhere },
    });
    await reach(stuckElsewhere, 'needs_attention');
    await system.startPart('payment');
    return [completed, unpaid, inReview, failed, confirmed, stuckElsewhere];
  };

  const comeSignedIn = async (path: string): Promise<Visitor> => {
    const visitor = await Visitor.come(browser, system.urls.api);
    await visitor.page.addInitScript(countClicks);
    await visitor.open(path);
    await visitor.signIn(keyOf(system.config, 'operator').key);
    return visitor;
  };
  const bulkOrders = async (path: string): Promise<BulkOrder[]> => {
    const found: BulkOrder[] = [];
    for (let cursor: string | null = null, isLast = false; !isLast; isLast = cursor === null) {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      type List = { items: BulkOrder[]; nextCursor: string | null };
      const { body } = await operator.get<List>(`${path}/orders?limit=200${query}`);
      found.push(...body.items);
      cursor = body.nextCursor;
    }
    return found;
  };

  it('are three groups, cleared by six clicks, and no other order is touched', { timeout: patienceMs }, async () => {
    const all = faults.flatMap((fault) => stuck[fault]);
    expect(new Set(all).size).toBe(orders);
    const visitor = await comeSignedIn('/trouble');
    const { page } = visitor;
    // An order that waits to be paid may be overdue besides.
    await page.locator('.group-stuck').nth(3).waitFor();
    expect(await page.locator('.group-stuck').count()).toBe(4);
    await page.evaluate(() => clicks.splice(0));
    for (const fault of faults) {
      const group = page.locator('.group', { hasText: `service: ${fault}` }).filter({
        has: page.getByText(number(stuck[fault].length), { exact: true }),
      });
      await group.locator('.check-box').click();
    }
    await page.getByText(`3 causes, ${number(orders)} orders`).waitFor();
    await visitor.expectAccessible();
    await visitor.keep('trouble-chosen');
    await page.getByRole('button', { name: 'Decide about these … (3 causes)' }).click();
    await page.getByRole('button', { name: 'See which orders' }).click();
    await page.getByText(`This would touch ${number(orders)} orders, and no others.`).waitFor();
    const path = `/v1${new URL(page.url()).pathname}`;
    const seen = await bulkOrders(path);
    expect(seen.map(({ orderId }) => orderId).sort()).toEqual([...all].sort());
    expect(seen.every(({ result }) => result === 'pending')).toBe(true);

    // Somebody repairs one of them by hand in between: it refuses, and says why.
    const byHand = seen.at(-1)!;
    await operator.post(`/v1/orders/${byHand.orderId}/resolve`, { action: 'retry', step: byHand.step });
    await reach(byHand.orderId, 'confirmed');
    await page.getByRole('button', { name: `Start for ${number(orders)} orders` }).click();
    expect(await page.evaluate(() => clicks.length)).toBe(6);

    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Go on' }).waitFor();
    const stopped = await counts(path);
    expect(stopped).toMatchObject({ state: 'stopped' });
    expect(stopped.orders.pending).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
    // It goes on while the page is closed, and another tab shows how far it is.
    await visitor.leave();
    await until(async () => (await counts(path)).orders.pending < stopped.orders.pending, 60_000);
    const again = await comeSignedIn('/trouble');
    await again.page.getByRole('link', { name: 'Try the step again' }).first().click();
    await again.page
      .getByText(`${number(orders)} of ${number(orders)} settled`)
      .waitFor({ timeout: patienceMs - 60_000 });
    await again.page.getByRole('radio', { name: /^Refused 1/ }).click();
    const refused = again.page.getByRole('row', { name: byHand.orderId });
    await refused.getByText('Refused').waitFor();
    expect(await refused.locator('.soft').last().innerText()).toMatch(/\w+ .+/);
    await again.keep('bulk-refused');
    await again.leave();

    expect((await counts(path)).orders).toMatchObject({ selected: orders, done: orders - 1, refused: 1, failed: 0 });
    await until(async () => {
      type Counts = { stuck: number };
      return (await operator.get<Counts>('/v1/orders/counts')).body.stuck === 1;
    }, patienceMs);
    expect(await viewsOf([...untouched.keys()])).toEqual(untouched);
  });

  type State = { state: string; orders: { pending: number } };
  const counts = async (path: string) => (await operator.get<State>(path)).body;
});

/** Without what only the clock changes. */
const unhurried = (view: OrderView): OrderView => ({
  ...view,
  steps: view.steps.map(({ overdue: _, ...step }) => step),
});

const number = (value: number) => new Intl.NumberFormat('en-GB').format(value);

declare const clicks: string[];
/** Runs in the browser before the page does. A click on a label is two: the browser passes it on to the box. */
const countClicks = `
  globalThis.clicks = [];
  addEventListener('pointerdown', ({ target }) => clicks.push(target.className), true);
`;
