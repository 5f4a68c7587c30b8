import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { Caller } from '../api/support/caller.js';
import { anOrder } from '../api/support/orders.js';
import { until } from '../support/until.js';
import { findBrowser } from '../../tools/local/browser.js';
import { OrderPages } from './support/order-pages.js';

const executable = await findBrowser();

describe.skipIf(executable === undefined)('the page of one order, in a browser', { timeout: 240_000 }, () => {
  let pages: OrderPages;
  beforeAll(async () => {
    pages = await OrderPages.open(executable!, { STEP_RETRY_BUDGET: '3s' });
  }, 300_000);
  // A test that fails in the middle takes no other along.
  afterEach(() => pages.restore('shipping'), 60_000);
  afterAll(() => pages?.close(), 120_000);

  it('an order is watched to its end, and its life is played back', async () => {
    const lines = [
      { sku: 'vase', quantity: 1, unitPrice: 3000 },
      { sku: 'lamp', quantity: 1, unitPrice: 4900 },
    ];
    const id = await pages.place({ carrier: 'simulated', lines });
    const visit = await pages.visit(id);
    const { page, visitor } = visit;
    await visit.step('authorizePayment', 'done');
    await visit.step('completeOrder', 'done');
    await visit.status('Completed');
    await page.locator('[data-sum="captured"]', { hasText: '€83.90' }).waitFor();
    // The amount captured for each parcel, and the total paid by then.
    const ledger = () => page.locator('.ledger tbody tr').allInnerTexts();
    await page.locator('[data-entry="captured"]').nth(1).waitFor();
    expect((await ledger()).map((row) => row.split(/\s/)[0])).toEqual(['Authorized', 'Captured', 'Captured']);
    expect((await ledger()).at(-1)).toMatch(/€0\.00\s+€83\.90$/);
    await page.getByText('Side by side they were').waitFor();
    expect(await page.locator('.gantt .critical').count()).toBeGreaterThan(5);
    for (const warehouse of ['east', 'west']) {
      const parcel = page.locator('.rows li', { hasText: warehouse }).filter({ hasText: 'Tracking number' });
      await parcel.getByText(/^SIM\d/).waitFor();
    }

    const { body } = await pages.shop.post(`/v1/orders/${id}/returns`, {
      lines: [{ sku: 'vase', quantity: 1 }],
      reason: 'chipped',
    });
    await page.getByText('chipped').waitFor();
    await pages.news('return.received', { orderId: id, returnId: body.returns[0]!.id });
    await page.locator('[data-entry="refunded"]').waitFor();
    await visit.expectFitForAll('order-completed');

    const slider = page.getByLabel('Moment of the life of the order');
    await slider.focus();
    await page.keyboard.press('Home');
    await visit.step('completeOrder', 'pending');
    await page.locator('[data-sum="captured"]', { hasText: '€0.00' }).waitFor();
    await visitor.keep('order-played-back');
    await page.keyboard.press('End');
    await visit.step('completeOrder', 'done');

    await page.getByRole('button', { name: 'Read the history' }).click();
    await page.locator('.story li').nth(3).waitFor();
    expect(await page.locator('.story a').first().getAttribute('href')).toContain(`order%3A${id}`);
    await visitor.expectAccessible();
    await visit.leave();
  });

  it('cancelling says what will happen, and undoes what was done; the undo is played back', async () => {
    const id = await pages.place({}, 'confirmed');
    const visit = await pages.visit(id, 'shop');
    const { page } = visit;
    await visit.status('Confirmed');
    await visit.button('Cancel order').click();
    await page.getByRole('dialog').getByText('Everything that was done is undone').waitFor();
    await visit.expectFitForAll('order-cancel');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await visit.act('Cancel order', 'Everything that was done is undone', { Reason: 'ordered twice' });
    await visit.status('Cancelled');
    await visit.step('reserveStock', 'undone');
    await visit.button('Cancel order').waitFor({ state: 'detached' });
    await page.locator('[data-entry="released"]').waitFor();
    await page.locator('.gantt .bar-undo').first().waitFor();
    await visit.expectFitForAll('order-cancelled');

    // Moment by moment back: before the undo all of it was done, and the money on hold.
    await page.getByLabel('Moment of the life of the order').focus();
    await until(async () => {
      await page.keyboard.press('ArrowLeft');
      return (await page.locator('[data-step="reserveStock"][data-state="done"]').count()) === 1;
    });
    await visit.step('authorizePayment', 'done');
    await page.locator('[data-sum="authorized"]', { hasText: '€29.90' }).waitFor();
    expect(await page.locator('[data-entry="released"]').count()).toBe(0);
    await visit.leave();
  });

  it('the branches of many parcels are folded; one of them is drawn on its own, and moves before the eyes', async () => {
    const { inventory } = pages.system.urls;
    const stores = Array.from({ length: 12 }, (_, index) => `w${String(index + 1).padStart(2, '0')}`);
    const { status } = await new Caller(inventory, pages.system.config.serviceToken).request(
      'PUT',
      '/v1/stock/spread',
      {
        warehouses: stores.map((warehouse) => ({ warehouse, available: 1 })),
      },
    );
    expect(status).toBe(200);
    const id = await pages.place({ lines: [{ sku: 'spread', quantity: 12, unitPrice: 1000 }] }, 'confirmed');
    const visit = await pages.visit(id);
    const { page } = visit;
    await page.locator('[data-step="awaitDispatch*"]', { hasText: '12 Waiting' }).waitFor();
    expect(await page.locator('.graph-branch').count()).toBe(1);
    await visit.expectFitForAll('order-folded');
    await page.getByRole('button', { name: '12 parcels, folded' }).click();
    await page.getByRole('option', { name: 'w07' }).click();
    await page.locator('.graph-branch', { hasText: 'Parcel from w07' }).waitFor();
    await page.locator('.graph-branch', { hasText: '11 more parcels' }).waitFor();
    await pages.news('shipment.dispatched', { orderId: id, shipmentId: `${id}-w07`, trackingNumber: 'T-7' });
    await visit.step(`awaitDispatch:${id}-w07`, 'done');
    await page.locator('.rows li', { hasText: 'T-7' }).waitFor();
    // The graph is no wider than its place.
    const { scrollWidth, clientWidth } = await page.locator('.graph-scroll').evaluate((frame: PageElement) => ({
      scrollWidth: frame.scrollWidth,
      clientWidth: frame.clientWidth,
    }));
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
    await visit.leave();
  });

  it('a step that is cut short is shown whole when it has the focus, and by the panel', async () => {
    const id = await pages.place({ payment: { method: 'later' } }, 'awaiting_payment');
    const visit = await pages.visit(id, 'operator', { language: 'de-DE' });
    const { page } = visit;
    const step = page.locator('[data-step="notifyDecisionNeeded"]');
    const isWhole = () => step.locator('b').evaluate((name: PageElement) => name.scrollHeight <= name.clientHeight + 1);
    await step.waitFor();
    // Narrow enough for any font.
    await step.evaluate((element: PageElement) => (element.style.width = '84px'));
    expect(await isWhole()).toBe(false);
    await page.locator('[data-step="reserveStock"]').focus();
    await page.keyboard.press('Tab');
    await until(isWhole);
    await page.keyboard.press('Enter');
    await page.locator('.step-panel h2', { hasText: 'Nachricht: Entscheidung nötig' }).waitFor();
    await visit.expectFitForAll('order-german');
    await visit.leave();
  });

  it('an order that is stuck says so, in every theme and language', async () => {
    await pages.system.stopPart('shipping');
    const id = await pages.place({}, 'needs_attention');
    const visit = await pages.visit(id);
    await visit.page.locator('.banner', { hasText: 'Service unavailable' }).first().waitFor();
    await visit.button('Retry').waitFor();
    await visit.expectFitForAll('order-stuck');
    await visit.leave();
    const chinese = await pages.visit(id, 'operator', { language: 'zh-CN' });
    await chinese.page.locator('[data-step^="bookParcel"]').waitFor();
    await chinese.expectFitForAll('order-chinese');
    await chinese.leave();
  });

  it('a lost connection is told, and made up for when it is back', async () => {
    const id = await pages.place({ payment: { method: 'later' } }, 'awaiting_payment');
    const visit = await pages.visit(id);
    const { page, visitor } = visit;
    const lost = page.getByText('The connection is lost').first();
    await visit.status('Awaiting payment');
    await visitor.setOffline(true);
    await lost.waitFor();
    await visit.status('Awaiting payment');
    await visit.expectFitForAll('order-offline');
    // A command that cannot be sent is not lost in silence.
    await visit.button('Pay').click();
    await page.getByLabel('Card token').fill('tok_ok');
    await page.getByRole('button', { name: 'Pay: confirm' }).click();
    await page.getByRole('dialog').getByText('it happens once at most').waitFor();
    await visitor.setOffline(false);
    await page.getByRole('button', { name: 'Pay: confirm' }).click();
    await visit.status('Confirmed');
    await lost.waitFor({ state: 'detached' });

    await pages.system.stopPart('api');
    await lost.waitFor();
    await visit.step('awaitDispatch', 'waiting');
    await pages.system.startPart('api');
    await pages.news('shipment.dispatched', { orderId: id });
    await visit.status('Shipping');
    await lost.waitFor({ state: 'detached' });
    await visit.leave();
  });

  it('names with HTML, pipes and letters from right to left are text, and break nothing', async () => {
    const name = '<img src=x onerror="document.title=1"> | **b** `c`';
    const arabic = 'شركة (abc) 12 שלום';
    const id = await pages.place(
      {
        lines: [
          { sku: 'mug', quantity: 2, unitPrice: 999_999_999, name },
          { sku: 'tee', quantity: 1, unitPrice: 1, name: arabic },
        ],
        adjustments: [{ kind: 'discount', label: '<script>alert(1)</script>|x', amount: -1 }],
        shippingAddress: { ...anOrder().shippingAddress, name: 'W'.repeat(100), line1: arabic, city: '<b>|</b>' },
      },
      'confirmed',
    );
    const visit = await pages.visit(id);
    const { page } = visit;
    for (const text of [name, arabic, '<script>alert(1)</script>|x']) await page.getByText(text).first().waitFor();
    expect(await page.locator('main img, main script').count()).toBe(0);
    await visit.expectFitForAll('order-odd-names');
    // Marks that turn the text around are refused, and the page shows what the server says.
    await page.getByLabel('Write a note').fill('left \u202eright');
    await visit.button('Add note').click();
    await page.locator('.note-form [role="alert"]', { hasText: '/text' }).waitFor();
    await page.getByLabel('Write a note').fill(`${arabic} <i>|`);
    await visit.button('Add note').click();
    const note = page.locator('.rows-notes li', { hasText: `${arabic} <i>|` });
    await note.getByText('back-office').waitFor();
    await visit.leave();
  });

  it.each(['ord_00000000000000000000000000', '%3Cimg%20src=x%20onerror=alert(1)%3E', '%E0%A4%A'])(
    'an order that is not there says so: %s',
    async (id) => {
      const visit = await pages.visit(id);
      await visit.page.getByText('There is nothing at this address').waitFor();
      await visit.visitor.expectAccessible();
      await visit.page.getByRole('link', { name: 'To the orders' }).click();
      await visit.page.getByRole('heading', { name: 'Orders', exact: true }).waitFor();
      await visit.leave();
    },
  );

  it("another shop's order is not there", async () => {
    const { body } = await pages.as('other').place<OrderView>(anOrder(), randomUUID());
    const visit = await pages.visit(body.id, 'shop');
    await visit.page.getByText('There is nothing at this address').waitFor();
    expect(await visit.page.getByRole('main').innerText()).not.toContain('Ada Example');
    await visit.leave();
  });
});
