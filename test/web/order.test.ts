import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePageBuilt } from '../../tools/local/build.mjs';
import { keyOf } from '../../tools/cli/find-system.js';
import { Caller } from '../api/support/caller.js';
import { anOrder } from '../api/support/orders.js';
import { startTestSystem, type TestSystem } from '../support/system.js';
import { findBrowser, launchBrowser } from './support/browser.js';
import { Visitor } from './support/visitor.js';

const executable = await findBrowser();
/** An order with all its steps, on a machine with other things to do. */
const longest = 120_000;

describe.skipIf(executable === undefined)('the page of one order, in a browser', { timeout: 240_000 }, () => {
  let system: TestSystem;
  let browser: Browser;
  let shop: Caller;
  beforeAll(async () => {
    await ensurePageBuilt();
    [system, browser] = await Promise.all([startTestSystem(), launchBrowser(executable!)]);
    shop = new Caller(system.urls.api, keyOf(system.config, 'shop').key);
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await system?.remove();
  }, 120_000);

  const place = async (changes = {}): Promise<string> => {
    const { status, body } = await shop.place(anOrder({ carrier: 'external', ...changes }), randomUUID());
    expect(status).toBe(201);
    return body.id;
  };
  const openOrder = async (id: string, role: 'operator' | 'shop' = 'operator') => {
    const visitor = await Visitor.come(browser, system.urls.api);
    visitor.page.setDefaultTimeout(longest);
    await visitor.open(`/orders/${id}`);
    await visitor.page.getByRole('button', { name: `Continue as ${role}` }).click();
    return visitor;
  };
  const reach = (page: Page, status: string) =>
    page.locator('.page-head .status', { hasText: status }).waitFor({ timeout: longest });
  const step = (page: Page, name: string, state: string) =>
    page.locator(`[data-step^="${name}"][data-state="${state}"]`).first().waitFor({ timeout: longest });

  it('an order is watched to its end, and its life is played back', async () => {
    const id = await place({ carrier: 'simulated' });
    const visitor = await openOrder(id);
    const { page } = visitor;
    await step(page, 'authorizePayment', 'done');
    await step(page, 'completeOrder', 'done');
    await reach(page, 'Completed');
    await page.locator('[data-sum="captured"]', { hasText: '€29.90' }).waitFor();
    await visitor.expectAccessible();
    await visitor.keep('order-completed');

    const slider = page.getByLabel('Moment of the life of the order');
    await slider.focus();
    await page.keyboard.press('Home');
    await step(page, 'completeOrder', 'pending');
    await page.locator('[data-sum="captured"]', { hasText: '€0.00' }).waitFor();
    await visitor.keep('order-played-back');
    await page.keyboard.press('End');
    await step(page, 'completeOrder', 'done');

    await page.getByRole('button', { name: 'Read the history' }).click();
    await page.locator('.story li').nth(3).waitFor();
    expect(await page.locator('.story a').first().getAttribute('href')).toContain(`order%3A${id}`);
    await visitor.expectAccessible();
    await visitor.leave();
  });

  it('cancelling says what will happen, and undoes what was done', async () => {
    const id = await place();
    const visitor = await openOrder(id, 'shop');
    const { page } = visitor;
    await reach(page, 'Confirmed');
    await page.getByRole('button', { name: 'Cancel order', exact: true }).click();
    await page.getByRole('dialog').getByText('Everything that was done is undone').waitFor();
    await visitor.expectAccessible();
    await visitor.keep('order-cancel');
    await page.getByLabel('Reason').fill('ordered twice');
    await page.getByRole('button', { name: 'Cancel order: confirm' }).click();
    await reach(page, 'Cancelled');
    await step(page, 'reserveStock', 'undone');
    await page.getByRole('button', { name: 'Cancel order', exact: true }).waitFor({ state: 'detached' });
    await visitor.keep('order-cancelled');
    await visitor.leave();
  });

  it('an operator approves a review; a shop has no such button', async () => {
    const id = await place({ payment: { method: 'card', token: 'tok_review' } });
    const owner = await openOrder(id, 'shop');
    await reach(owner.page, 'Awaiting review');
    expect(await owner.page.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0);
    await owner.leave();
    const visitor = await openOrder(id);
    const { page } = visitor;
    await step(page, 'review', 'waiting');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByRole('button', { name: 'Approve: confirm' }).click();
    await step(page, 'review', 'done');
    await reach(page, 'Confirmed');
    await page.getByLabel('Write a note').fill('Known customer. Called today.');
    await page.getByRole('button', { name: 'Add note' }).click();
    await page.locator('.notes li', { hasText: 'Known customer' }).waitFor();
    await visitor.leave();
  });

  it.each(['ord_00000000000000000000000000', '%3Cimg%20src=x%20onerror=alert(1)%3E'])(
    'an order that is not there says so: %s',
    async (id) => {
      const visitor = await openOrder(id);
      await visitor.page.getByText('There is nothing at this address').waitFor();
      await visitor.page.getByRole('link', { name: 'To the orders' }).click();
      await visitor.page.getByRole('heading', { name: 'Orders', exact: true }).waitFor();
      await visitor.leave();
    },
  );
});
