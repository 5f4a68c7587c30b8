import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { ensurePageBuilt } from '../../tools/local/build.mjs';
import { keyOf } from '../../tools/cli/find-system.js';
import { Caller } from '../api/support/caller.js';
import { anOrder } from '../api/support/orders.js';
import { until } from '../support/until.js';
import { startTestSystem, type TestSystem } from '../support/system.js';
import { findBrowser, launchBrowser } from '../../tools/local/browser.js';
import { Visitor, type VisitorOptions } from './support/visitor.js';

const executable = await findBrowser();

describe.skipIf(executable === undefined)('the page, in a browser', () => {
  let system: TestSystem;
  let browser: Browser;
  let shop: Caller;
  let operator: Caller;
  beforeAll(async () => {
    await ensurePageBuilt();
    [system, browser] = await Promise.all([
      startTestSystem({ env: { STEP_RETRY_BUDGET: '3s' } }),
      launchBrowser(executable!),
    ]);
    shop = new Caller(system.urls.api, keyOf(system.config, 'shop').key);
    operator = new Caller(system.urls.api, operatorKey());
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await system?.remove();
  }, 120_000);

  const come = (options?: VisitorOptions) => Visitor.come(browser, system.urls.api, options);
  const operatorKey = () => keyOf(system.config, 'operator').key;
  const place = async (changes = {}) => {
    const { status, body } = await shop.place(anOrder({ carrier: 'simulated', ...changes }), randomUUID());
    expect(status).toBe(201);
    return body;
  };

  it('a wrong key is explained, a right one signs in, and signing out leaves nothing', async () => {
    const visitor = await come();
    const { page } = visitor;
    await visitor.open('/');
    await visitor.expectAccessible();
    await visitor.keep('sign-in');
    await page.getByLabel('API key').fill('no-key-of-this-server');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('The API does not take this key').waitFor();
    await page.getByLabel('API key').fill('schlüssel');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('letters, digits and signs only').waitFor();
    await visitor.signIn(operatorKey());
    await page.getByRole('heading', { name: 'Orders', exact: true }).waitFor();
    // Another tab has no session: the key belongs to this one.
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(operatorKey());
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await visitor.leave();
  });

  it('an order appears as it is placed, and changes before the eyes', { timeout: 150_000 }, async () => {
    const visitor = await come();
    const { page } = visitor;
    await visitor.open('/');
    await page.getByRole('button', { name: 'Continue as operator' }).click();
    await page.getByText('No orders yet').waitFor();
    await visitor.keep('orders-empty');
    const { id } = await place();
    const row = page.getByRole('row').filter({ hasText: id });
    await row.waitFor();
    // The simulated carrier delivers it within seconds, and has it signed for.
    await row.getByText('Completed').waitFor({ timeout: 120_000 });
    await visitor.expectAccessible();
    await visitor.keep('orders');
    await visitor.leave();
  });

  it('filters stand in the address, and the list follows them', async () => {
    const visitor = await come();
    const { page } = visitor;
    const { id } = await place({ customerId: 'c-filter', payment: { method: 'later' } });
    await visitor.open('/');
    await visitor.signIn(operatorKey());
    await page.getByRole('row').filter({ hasText: id }).waitFor();
    await page.getByRole('button', { name: /^Completed/ }).click();
    await page.getByRole('row').filter({ hasText: id }).waitFor({ state: 'detached' });
    expect(new URL(page.url()).searchParams.getAll('status')).toEqual(['completed']);
    await page.getByRole('button', { name: /^All/ }).click();
    await page.getByLabel('Search', { exact: true }).fill(id);
    await page.keyboard.press('Enter');
    await page.getByText('1 order', { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('orderId')).toBe(id);
    // Another person opens the same link.
    await page.reload();
    await page.getByText('1 order', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Clear all filters' }).click();
    await page.getByLabel('Search', { exact: true }).fill('<b>|x');
    await page.keyboard.press('Enter');
    await page.getByText('Names have letters').waitFor();
    await page.getByRole('row').nth(2).waitFor();
    // From row to row with the keyboard, and into an order.
    await page.locator('.order-link[tabindex="0"]').focus();
    await page.keyboard.press('ArrowDown');
    const second = await page.getByRole('row').nth(2).getByRole('link').getAttribute('href');
    await page.waitForFunction((href) => document.activeElement?.getAttribute('href') === href, second);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**${second}`);
    await visitor.leave();
  });

  it('a test order is placed from the page, each path by its own button', async () => {
    const visitor = await come();
    const { page } = visitor;
    await visitor.open('/place');
    await visitor.signIn(operatorKey());
    await page.getByRole('button', { name: 'Place: Paid later' }).waitFor();
    await visitor.expectAccessible();
    await visitor.keep('place');
    // The order is placed, and its answer is lost: the second attempt finds it.
    await page.route('**/v1/orders', (route) => route.fetch().then(() => route.abort()), { times: 1 });
    const place = page.getByRole('button', { name: 'Place: Paid later' });
    await place.click();
    await page.getByRole('alert').getByText('The API does not answer. Check the connection').waitFor();
    const isRed =
      "getComputedStyle(document.querySelector('.preset [role=alert]')).color !== getComputedStyle(document.querySelector('.preset-about')).color";
    expect(await page.evaluate(isRed)).toBe(true);
    await visitor.expectAccessible();
    await visitor.keep('place-failed');
    await place.click();
    await page.waitForURL('**/orders/ord_*');
    const placed = await shop.get<{ items: OrderView[] }>('/v1/orders?reference=test-later');
    expect(placed.body.items).toHaveLength(1);
    const { body } = await shop.get(`/v1/orders/${page.url().split('/').at(-1)}`);
    expect(body.payment.method).toBe('later');
    await visitor.leave();
  });

  it(
    'a group of stuck orders is cleared by one decision, and no other order is touched',
    { timeout: 240_000 },
    async () => {
      const other = await place({ payment: { method: 'later' } });
      await system.stopPart('shipping');
      const stuck = await Promise.all([place(), place(), place()]);
      const visitor = await come();
      const { page } = visitor;
      await visitor.open('/trouble');
      await visitor.signIn(operatorKey());
      await page
        .locator('.group', { hasText: 'Book parcel' })
        .getByText('3', { exact: true })
        .waitFor({ timeout: 120_000 });
      await visitor.expectAccessible();
      await visitor.keep('trouble-stuck');
      await system.startPart('shipping');
      // Three clicks: decide, see which orders, start.
      await page
        .locator('.group', { hasText: 'Book parcel' })
        .getByRole('button', { name: /^Decide/ })
        .click();
      await page.getByRole('dialog').waitFor();
      await visitor.expectAccessible();
      await visitor.keep('trouble-decide');
      await page.getByRole('button', { name: 'See which orders' }).click();
      await page.getByText('This would touch 3 orders').waitFor();
      await page.getByRole('table').getByRole('link').nth(2).waitFor();
      const listed = await page.getByRole('table').getByRole('link').allInnerTexts();
      expect(listed.sort()).toEqual(stuck.map(({ id }) => id).sort());
      await visitor.expectAccessible();
      await visitor.keep('bulk-draft');
      await page.getByRole('button', { name: 'Start for 3 orders' }).click();
      await page.getByText('3 of 3 settled').waitFor({ timeout: 120_000 });
      await visitor.keep('bulk-done');
      for (const { id } of stuck) {
        const isRepaired = async () => (await shop.get(`/v1/orders/${id}`)).body.status === 'completed';
        await until(isRepaired, 120_000);
      }
      expect((await shop.get(`/v1/orders/${other.id}`)).body.status).toBe('awaiting_payment');
      await visitor.leave();
    },
  );

  it.each<VisitorOptions & { name: string }>([
    { name: 'light' },
    { name: 'dark', theme: 'dark' },
    { name: 'phone', width: 360 },
    { name: 'chinese', language: 'zh-CN' },
    { name: 'german', language: 'de-DE' },
  ])('every page is accessible, and fits: $name', { timeout: 120_000 }, async ({ name, ...options }) => {
    const { body } = await operator.get<{ items: { id: string }[] }>('/v1/bulk');
    const paths = ['/', '/trouble', '/processes', '/processes/order?against=1', '/overview', '/place'];
    const visitor = await come(options);
    const { page } = visitor;
    await visitor.open('/');
    await page.locator('.development button').first().click();
    await page.getByRole('row').nth(1).waitFor();
    for (const path of [...paths, `/bulk/${body.items[0]!.id}`]) {
      await visitor.open(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('.live-live').waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      await visitor.expectAccessible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), path).toBe(true);
      const pageName = /^\/(?<first>\w*)/.exec(path)!.groups!.first || 'orders';
      await visitor.keep(`${pageName}${path.includes('against') ? '-one' : ''}-${name}`);
    }
    await visitor.leave();
  });

  it('a broken link says so, and leads back', async () => {
    const visitor = await come();
    const { page } = visitor;
    await visitor.open('/ordrs/1');
    await page.getByRole('button', { name: 'Continue as shop' }).click();
    await page.getByText('There is nothing at this address').waitFor();
    await visitor.keep('not-found');
    await page.getByRole('link', { name: 'To the orders' }).click();
    await page.getByRole('heading', { name: 'Orders', exact: true }).waitFor();
    await visitor.leave();
  });
});
