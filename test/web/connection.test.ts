import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceTrouble } from '../../contracts/failures.js';
import type { OrderView } from '../../contracts/order.js';
import { findBrowser } from '../../tools/local/browser.js';
import { keys, nowhere, startApi } from '../api/support/system.js';
import { startBook } from '../services/orders/book.js';
import { orderView, publication } from '../services/orders/views.js';
import { BookPages } from './support/book-pages.js';
import { Visitor } from './support/visitor.js';

const executable = await findBrowser();
const pages = [
  '/',
  '/trouble',
  '/processes',
  '/processes/order',
  '/overview',
  '/place',
  '/bulk/bulk_1',
  '/orders/ord_1',
];

describe.skipIf(executable === undefined)('the page and its connection to the API', () => {
  let site: BookPages;
  beforeAll(async () => {
    site = await BookPages.open(executable!);
    await publish({ id: 'ord_1' });
  }, 300_000);
  afterAll(() => site?.close(), 120_000);

  const publish = (changes: Partial<OrderView>, length = 1) => {
    const steps: OrderView['steps'] = [{ id: 'reserveStock', dependsOn: [], state: 'running', attempts: 1 }];
    const view = orderView({ steps, ...changes });
    return site.book.client.publish({ params: { orderId: view.id }, body: publication(view, { length }) });
  };
  const isLive = (page: Page) => page.locator('.live-live').waitFor();

  it('the API goes and comes back: the list stays, a banner says so, and news come by themselves', async () => {
    const visitor = await site.visit('/', keys.operator);
    const { page } = visitor;
    const row = page.getByRole('row').filter({ hasText: 'ord_1' });
    await row.getByText('Placed').waitFor();
    await isLive(page);
    await site.api.close();
    await page.getByRole('alert').getByText('The connection is lost').waitFor();
    await row.getByText('Placed').waitFor();
    await visitor.expectAccessible();
    await visitor.keep('orders-lost');
    // What happens meanwhile is caught up.
    await publish({ id: 'ord_1', status: 'shipping' }, 2);
    await publish({ id: 'ord_2', customerId: 'c-meanwhile' });
    await site.startAgain();
    await isLive(page);
    await row.getByText('Shipping').waitFor();
    await page.getByRole('row').filter({ hasText: 'c-meanwhile' }).waitFor();
    await page.getByText('The connection is lost').waitFor({ state: 'detached' });
    await publish({ id: 'ord_1', status: 'delivered' }, 3);
    await row.getByText('Delivered').waitFor();
    await visitor.leave();
  });

  it('a key that the API no longer takes leads to the sign-in page, which says so', async () => {
    const visitor = await site.visit('/trouble', keys.operator);
    const { page } = visitor;
    await isLive(page);
    await site.api.close();
    await site.startAgain({ API_KEYS: `${keys.shop}:demo:shop` });
    await page.getByText('The API no longer takes your key').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    // The same address, with another key.
    await visitor.signIn(keys.shop);
    await page.getByRole('heading', { name: 'Trouble' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/trouble');
    await visitor.leave();
    await site.api.close();
    await site.startAgain();
  });

  it('the key of a shop sees no decisions, and is told which key it needs', async () => {
    const failure = serviceTrouble('service_unavailable', 'shipping');
    const step = { id: 'bookParcel', dependsOn: [], state: 'failed' as const, attempts: 3, failure };
    for (const id of ['ord_3', 'ord_4']) {
      await publish({ id, status: 'needs_attention', steps: [step], failure: { ...failure, step: step.id } });
    }
    const visitor = await site.visit('/trouble', keys.shop);
    const { page } = visitor;
    await page.locator('.group').getByText('2', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: /Decide/ }).count()).toBe(0);
    expect(await page.getByRole('heading', { name: 'Decisions' }).count()).toBe(0);
    await visitor.open('/bulk/bulk_1');
    await page.getByText('Sign in with a key of role operator').waitFor();
    await visitor.open('/overview');
    await page.getByText('Needs attention').first().waitFor();
    expect(await page.getByRole('heading', { name: 'Services' }).count()).toBe(0);
    await visitor.leave();
    // The key of another shop does not learn that the order exists.
    const stranger = await site.visit('/orders/ord_1', keys.otherShop);
    await stranger.page.getByText('There is nothing at this address').waitFor();
    await stranger.leave();
  });

  it.each(pages)('%s says that it loads, and what to do when that fails', async (path) => {
    const visitor = await site.visit('/orders/ord_0', keys.operator);
    const { page } = visitor;
    await page.getByText('There is nothing at this address').waitFor();
    const data = /\/v1\/(?!me|events)/;
    let answer = () => {};
    const asked = new Promise<void>((resolve) => (answer = resolve));
    await page.route(data, async (route) => {
      await asked;
      await route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify(problem) });
    });
    await visitor.open(path);
    await page.getByText('Loading').first().waitFor();
    answer();
    await page.getByText(problem.detail).first().waitFor();
    await page.getByRole('button', { name: 'Try again' }).first().waitFor();
    await visitor.expectAccessible();
    await visitor.keep(`failed${path.replace(/\W+/g, '-')}`);
    await page.unroute(data);
    for (const retry of await page.getByRole('button', { name: 'Try again' }).all()) await retry.click();
    await page.getByText(problem.detail).first().waitFor({ state: 'detached' });
    await visitor.leave();
  });

  it.each(['/', '/trouble', '/processes', '/overview'])('%s is designed for a system without orders', async (path) => {
    const empty = await startBook();
    const without = await startApi(nowhere, empty.url);
    const visitor = await Visitor.come(site.browser, without.url);
    await visitor.open(path);
    await visitor.signIn(keys.operator);
    await visitor.page.getByRole('heading', { level: 1 }).waitFor();
    await isLive(visitor.page);
    await visitor.page.getByText('Loading').first().waitFor({ state: 'detached' });
    await visitor.expectAccessible();
    await visitor.keep(`empty${path.replace(/\W+/g, '-')}`);
    await visitor.leave();
    await without.close();
    await empty.close();
  });

  it('language and appearance can be changed on a phone, and nothing is wider than it', async () => {
    const visitor = await site.visit('/', keys.operator, { width: 360 });
    const { page } = visitor;
    // With development keys the menu has one more entry.
    const developmentKeys = { items: [{ key: keys.shop, shopId: 'demo', role: 'shop' }] };
    await page.route('**/v1/development-keys', (route) => route.fulfill({ json: developmentKeys }));
    await visitor.open('/');
    await page.getByRole('button', { name: 'Language and appearance' }).click();
    await page.getByRole('button', { name: /^English/ }).click();
    await page.getByRole('option', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Bestellungen', exact: true }).waitFor();
    await page.getByRole('button', { name: /^Wie das System/ }).click();
    await page.getByRole('option', { name: 'Dunkel' }).click();
    await page.keyboard.press('Escape');
    await page.locator('html[data-theme="dark"]').waitFor();
    for (const path of pages) {
      await visitor.open(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await isLive(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), path).toBe(true);
      const hidden = () => [...document.querySelectorAll('nav')].map((nav) => nav.scrollWidth - nav.clientWidth);
      expect(await page.evaluate(hidden), 'pixels of the menu').toEqual([0]);
      await visitor.expectAccessible();
      await visitor.keep(`phone${path.replace(/\W+/g, '-')}`);
    }
    await visitor.leave();
  });
});

const problem = {
  type: 'about:blank',
  title: 'Internal error',
  status: 500,
  code: 'internal_error',
  detail: 'Internal error. The server log has the details under this request id.',
};
