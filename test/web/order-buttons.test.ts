import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PlaceOrder } from '../../contracts/order.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { findBrowser } from '../../tools/local/browser.js';
import { OrderPages } from './support/order-pages.js';

const executable = await findBrowser();

const later: Partial<PlaceOrder> = { payment: { method: 'later' } };
const flagged: Partial<PlaceOrder> = { payment: { method: 'card', token: 'tok_review' } };

describe.skipIf(executable === undefined)('every button of the page of one order', { timeout: 240_000 }, () => {
  let pages: OrderPages;
  beforeAll(async () => {
    pages = await OrderPages.open(executable!, { STEP_RETRY_BUDGET: '3s', RETURN_REVIEW_LIMIT: '1500' });
  }, 300_000);
  // A test that fails in the middle takes no other along.
  afterEach(() => pages.restore('shipping'), 60_000);
  afterAll(() => pages?.close(), 120_000);

  /** An order whose parcel cannot be booked until the service is there again. */
  const stuck = async (): Promise<string> => {
    await pages.system.stopPart('shipping');
    return pages.place({}, 'needs_attention');
  };

  it('Change order lowers a quantity and moves the address; Pay lists a declined card and goes on with another', async () => {
    const id = await pages.place(later, 'awaiting_payment');
    const visit = await pages.visit(id, 'shop');
    const { page } = visit;
    await visit.act('Change order', 'Quantities can be lowered', { mug: '1', City: 'Bremen' });
    await page.getByText('10115 Bremen').waitFor();
    await page.locator('.order-facts', { hasText: '€17.40' }).waitFor();
    await visit.act('Pay', 'The card is charged', { 'Card token': 'tok_declined' });
    await page.locator('[data-entry="declined"]', { hasText: 'Payment declined' }).waitFor();
    await visit.status('Awaiting payment');
    await visit.act('Pay', 'The card is charged', { 'Card token': 'tok_ok' });
    await visit.status('Confirmed');
    await page.locator('[data-entry="authorized"]', { hasText: '€17.40' }).waitFor();
    for (const name of ['Pay', 'Change order']) await visit.button(name).waitFor({ state: 'detached' });
    await visit.leave();
  });

  it('Approve goes on, Reject ends; a shop has neither', async () => {
    const [approved, rejected] = await Promise.all([
      pages.place(flagged, 'awaiting_review'),
      pages.place(flagged, 'awaiting_review'),
    ]);
    const owner = await pages.visit(approved, 'shop');
    await owner.button('Cancel order').waitFor();
    for (const name of ['Approve', 'Reject']) expect(await owner.button(name).count()).toBe(0);
    expect(await owner.page.getByLabel('Write a note').count()).toBe(0);
    await owner.leave();

    const visit = await pages.visit(approved);
    await visit.button('Approve').waitFor();
    await visit.expectFitForAll('order-review');
    await visit.act('Approve', 'The order goes on to its payment', { Note: 'known customer' });
    await visit.step('review', 'done');
    await visit.status('Confirmed');
    await visit.leave();

    const other = await pages.visit(rejected);
    await other.act('Reject', 'The order fails as fraud');
    await other.status('Failed');
    await other.page.locator('.banner', { hasText: 'Rejected as fraud' }).waitFor();
    await other.leave();
  });

  it('Accept what is there ships and charges less', async () => {
    const lines = [
      { sku: 'rare', quantity: 3, unitPrice: 9900 },
      { sku: 'mug', quantity: 1, unitPrice: 1250 },
    ];
    const id = await pages.place({ lines }, 'awaiting_customer');
    const visit = await pages.visit(id, 'shop');
    await visit.page.getByText('1 reserved').waitFor();
    await visit.act('Accept what is there', 'costs only these');
    await visit.status('Confirmed');
    await visit.page.locator('.order-facts', { hasText: '€116.40' }).waitFor();
    await visit.leave();
  });

  it('Sign for delivery completes; Return goods asks for pieces and a reason, and large returns wait for an operator', async () => {
    const id = await pages.place({ lines: [{ sku: 'mug', quantity: 4, unitPrice: 1250 }] }, 'confirmed');
    await pages.news('shipment.delivered', { orderId: id });
    const visit = await pages.visit(id);
    const { page } = visit;
    await visit.status('Delivered');
    await visit.act('Sign for delivery', 'counts as signed for');
    await visit.status('Completed');

    await visit.act('Return goods', 'A return is opened', { mug: '1', Reason: 'chipped' });
    const returns = page.locator('.sheet', { has: page.getByRole('heading', { name: 'Returns' }) });
    await returns.getByText('Approved').waitFor();
    await visit.act('Return goods', 'A return is opened', { mug: '2', Reason: 'too many' });
    await returns.getByText('Requested').waitFor();
    await visit.act('Reject', 'The pieces stay with the customer', { Note: 'used' });
    await returns.getByText('Rejected').waitFor();
    await visit.act('Return goods', 'A return is opened', { mug: '3', Reason: 'still too many' });
    await visit.act('Approve', 'is refunded when they arrive');
    const { returns: asked } = await pages.read(id);
    await pages.news('return.received', { orderId: id, returnId: asked.at(-1)!.id });
    await returns.getByText('Closed').waitFor();
    await page.locator('[data-entry="refunded"]').waitFor();
    await visit.leave();
  });

  it('Retry makes the call again; Skip goes on without the step', async () => {
    const id = await stuck();
    const visit = await pages.visit(id);
    await visit.button('Retry').waitFor();
    // Booking cannot be skipped.
    expect(await visit.button('Skip').count()).toBe(0);
    await pages.system.startPart('shipping');
    await visit.act('Retry', 'The next attempt is made at once');
    await visit.step('bookParcel', 'done');
    await visit.status('Confirmed');
    await visit.choose('awaitDispatch');
    await visit.act('Skip', 'as if this step were done');
    await visit.status('Shipping');
    await visit.step('capturePayment', 'done');
    await visit.leave();
  });

  it('Abandon gives up a step, and what was done is undone', async () => {
    const id = await stuck();
    const visit = await pages.visit(id);
    await visit.act('Abandon', 'This step is given up');
    await pages.system.startPart('shipping');
    await visit.status('Cancelled');
    await visit.step('reserveStock', 'undone');
    await visit.leave();
  });

  it('an order whose run was terminated can only be abandoned', async () => {
    const id = await pages.place({}, 'confirmed');
    const connection = await Connection.connect({ address: pages.system.temporalAddress });
    await new Client({ connection }).workflow.getHandle(orderWorkflowId(id)).terminate('by hand');
    await connection.close();
    const visit = await pages.visit(id);
    await visit.page.locator('.banner', { hasText: 'Run terminated' }).waitFor();
    for (const name of ['Retry', 'Skip', 'Cancel order']) expect(await visit.button(name).count()).toBe(0);
    await visit.act('Abandon', 'This step is given up');
    await visit.status('Cancelled');
    await visit.leave();
  });

  it('an order that changes meanwhile says so in the dialog, and the refusal is shown as the server says it', async () => {
    const id = await pages.place(flagged, 'awaiting_review');
    const visit = await pages.visit(id);
    const { page } = visit;
    await visit.button('Approve').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Note').fill('looks fine');
    const { status } = await pages.as('operator').post(`/v1/orders/${id}/review`, { decision: 'reject' });
    expect(status).toBe(200);
    await dialog.getByText('The order has changed meanwhile').waitFor();
    // What somebody wrote is still there.
    expect(await dialog.getByLabel('Note').inputValue()).toBe('looks fine');
    const answer = page.waitForResponse((response) => response.url().endsWith('/review'));
    await dialog.getByRole('button', { name: 'Approve: confirm' }).click();
    const { detail } = (await (await answer).json()) as { detail: string };
    await dialog.getByText(detail, { exact: true }).waitFor();
    await visit.visitor.expectAccessible();
    await visit.visitor.keep('order-refused');
    await dialog.getByRole('button', { name: 'Back' }).click();
    await dialog.waitFor({ state: 'detached' });
    await visit.status('Failed');
    await visit.leave();
  });
});
