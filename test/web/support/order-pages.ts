import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Browser, Locator, Page } from 'playwright-core';
import type { OrderView, PlaceOrder } from '../../../contracts/order.js';
import type { OrderStatus } from '../../../contracts/statuses.js';
import { launchBrowser } from '../../../tools/local/browser.js';
import { ensurePageBuilt } from '../../../tools/local/build.mjs';
import type { PartName } from '../../../tools/local/run-file.js';
import { Caller } from '../../api/support/caller.js';
import { anOrder } from '../../api/support/orders.js';
import { sendWebhook, type SentWebhook } from '../../api/support/webhook.js';
import { startTestSystem, type TestSystem } from '../../support/system.js';
import { until } from '../../support/until.js';
import { Visitor, type VisitorOptions } from './visitor.js';

/** A shop of its own, another one, and an operator for all. */
const keys = { shop: 'key-of-demo', other: 'key-of-other', operator: 'key-of-operator' } as const;
const apiKeys = `${keys.shop}:demo:shop:counter,${keys.other}:other:shop,${keys.operator}:*:operator:back-office`;

/** A step of an order, on a machine with other things to do. */
const longest = 120_000;

/** A whole system, and a browser that opens the pages of its orders. */
export class OrderPages {
  private constructor(
    readonly system: TestSystem,
    private readonly browser: Browser,
  ) {}

  static async open(executable: string, env: Record<string, string> = {}): Promise<OrderPages> {
    await ensurePageBuilt();
    const [system, browser] = await Promise.all([
      startTestSystem({ env: { API_KEYS: apiKeys, ...env } }),
      launchBrowser(executable),
    ]);
    return new OrderPages(system, browser);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.system.remove();
  }

  get shop(): Caller {
    return this.as('shop');
  }

  /** Starts a part that a test has stopped. */
  async restore(part: PartName): Promise<void> {
    if (this.system.state(part) === 'stopped') await this.system.startPart(part);
  }

  as(key: keyof typeof keys): Caller {
    return new Caller(this.system.urls.api, keys[key]);
  }

  /** Places an order that no carrier is simulated for, and waits until it has the status. */
  async place(changes: Partial<PlaceOrder> = {}, status?: OrderStatus): Promise<string> {
    const { status: answered, body } = await this.shop.place(
      anOrder({ carrier: 'external', ...changes }),
      randomUUID(),
    );
    expect(answered).toBe(201);
    if (status) await this.reach(body.id, status);
    return body.id;
  }

  async read(id: string): Promise<OrderView> {
    return (await this.shop.get(`/v1/orders/${id}`)).body;
  }

  async reach(id: string, status: OrderStatus): Promise<void> {
    await until(async () => (await this.read(id)).status === status, longest);
  }

  /** News of a carrier or a payment provider. */
  async news(type: SentWebhook['type'], data: SentWebhook['data']): Promise<void> {
    const { status } = await sendWebhook(new Caller(this.system.urls.api, undefined), { type, data });
    expect(status).toBe(200);
  }

  /** Opens the page of an order as somebody who has just signed in. */
  async visit(id: string, key: keyof typeof keys = 'operator', options: VisitorOptions = {}): Promise<OrderVisit> {
    const visitor = await Visitor.come(this.browser, this.system.urls.api, options);
    visitor.page.setDefaultTimeout(longest);
    await visitor.open(`/orders/${id}`);
    // In any language.
    await visitor.page.locator('input[type="password"]').fill(keys[key]);
    await visitor.page.keyboard.press('Enter');
    await visitor.page.getByRole('navigation').waitFor();
    return new OrderVisit(visitor);
  }
}

/** Somebody who looks at the page of an order. */
export class OrderVisit {
  constructor(readonly visitor: Visitor) {}

  get page(): Page {
    return this.visitor.page;
  }

  /** Waits until the page shows the status. */
  async status(text: string): Promise<void> {
    await this.page.locator('.page-head .status', { hasText: text }).waitFor();
  }

  /** Waits until a step is in the state; of a parcel's step, in any parcel. */
  async step(name: string, state: string): Promise<void> {
    await this.page.locator(`[data-step^="${name}"][data-state="${state}"]`).first().waitFor();
  }

  /** A button of the page, not of a dialog. */
  button(name: string): Locator {
    return this.page.getByRole('main').getByRole('button', { name, exact: true });
  }

  /** Presses a button, reads what will happen, fills in what is asked, and confirms. */
  async act(name: string, willHappen: string, values: Record<string, string> = {}): Promise<void> {
    await this.button(name).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByText(willHappen).waitFor();
    for (const [label, value] of Object.entries(values)) await dialog.getByLabel(label).fill(value);
    await dialog.getByRole('button', { name: `${name}: confirm` }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  /** Chooses a step in the graph, so that the panel shows it. */
  async choose(name: string): Promise<void> {
    await this.page.locator(`[data-step^="${name}"]`).first().click();
  }

  /** The page as it is now in both themes, on a phone: nothing serious for axe, and nothing wider than the screen. */
  async expectFitForAll(name: string): Promise<void> {
    const { page, visitor } = this;
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await visitor.expectAccessible();
      await visitor.keep(`${name}-${theme}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 360, height: 800 });
    await this.expectNoOverflow();
    await visitor.expectAccessible();
    await visitor.keep(`${name}-narrow`);
    await page.setViewportSize({ width: 1280, height: 800 });
  }

  /** The page is as wide as the screen; what is wider scrolls in its own frame. */
  async expectNoOverflow(): Promise<void> {
    const wide = await this.page.evaluate(() =>
      [...document.querySelectorAll('main *')]
        .filter((element) => !element.closest('.graph-scroll, .gantt-scroll, .unseen'))
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => element.outerHTML.slice(0, 200)),
    );
    expect(wide).toEqual([]);
  }

  leave(): Promise<void> {
    return this.visitor.leave();
  }
}
