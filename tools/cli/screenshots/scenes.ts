import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import type { OrderView, PlaceOrder } from '../../../contracts/order.js';
import { isEnded } from '../../../contracts/statuses.js';
import type { System } from '../../local/system.js';
import { keyOf } from '../find-system.js';
import { httpTo } from '../http.js';
import { makeStuck } from '../stuck/make-stuck.js';
import { Camera, type View } from './camera.js';

const patienceMs = 60_000;
const ordersStuck = 9;
const phone: View = { width: 360, height: 760 };

interface Options {
  browser: Browser;
  folder: string;
  /** Called with the name of each picture. */
  onPicture: (name: string) => void;
}

/** Plays a day of a shop on a fresh system, and takes every picture of the operator's page that the docs show. */
export async function takeAll(system: System, { browser, folder, onPicture }: Options): Promise<void> {
  const at = { url: system.urls.api, key: keyOf(system.config, 'operator').key, folder };
  const look = async (view: View, act: (camera: Camera, take: (name: string) => Promise<void>) => Promise<void>) => {
    const camera = await Camera.open(browser, at, view);
    const take = async (name: string) => {
      await camera.take(name);
      onPicture(name);
    };
    await act(camera, take);
    await camera.close();
  };

  await look({}, async (camera, take) => {
    await camera.goTo('/');
    await camera.page.getByText('No orders yet').waitFor();
    await take('orders-empty');
  });

  const shop = new Shop(system);
  await shop.day();
  await makeStuck(system, { orders: ordersStuck });
  const order = await shop.place({ skus: ['vase', 'lamp'], carrier: 'external', name: 'R-1063' });
  await shop.untilStatus(order, 'confirmed');

  await look({}, async (camera, take) => {
    const { page } = camera;
    await camera.goTo('/');
    await page.getByRole('row').nth(8).waitFor();
    await take('orders');
    await camera.goTo(`/orders/${order}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('.graph-arrows').waitFor();
    await take('order');
    await camera.goTo('/overview');
    await page.getByRole('heading', { name: 'Services' }).waitFor();
    await page.getByText('Up').first().waitFor();
    await take('overview');
    await camera.goTo('/processes/order');
    await page.locator('.drawing svg').waitFor();
    await take('process');
    await camera.goTo('/trouble');
    await page.locator('.group').nth(2).waitFor();
    for (const box of (await page.locator('.check-box').all()).slice(0, 2)) await box.click();
    await take('trouble');
    await page.getByRole('button', { name: 'Decide about these … (2 causes)' }).click();
    await page.getByRole('button', { name: 'See which orders' }).click();
    await page.getByText('This would touch').waitFor();
    await take('bulk-draft');
    await camera.goTo('/ordrs/1');
    await page.getByText('There is nothing at this address').waitFor();
    await take('not-found');
  });
  await look({ theme: 'dark' }, async (camera, take) => {
    await camera.goTo('/trouble');
    await camera.page.locator('.group').nth(2).waitFor();
    await take('trouble-dark');
  });
  await look({ language: 'zh-CN' }, async (camera, take) => {
    await camera.goTo('/');
    await camera.page.getByRole('row').nth(8).waitFor();
    await take('orders-chinese');
  });
  await look(phone, async (camera, take) => {
    await camera.goTo('/');
    await camera.page.getByRole('row').nth(8).waitFor();
    await take('orders-narrow');
  });
  await look({}, async (camera, take) => {
    await camera.goTo('/');
    await camera.page.getByRole('row').nth(8).waitFor();
    await system.stopPart('api');
    // A connection that is back at once is not worth a word, so the banner takes its time.
    await camera.page.locator('.live-lost').waitFor();
    await camera.page.locator('.lost .banner').waitFor();
    await take('orders-lost');
    await system.startPart('api');
  });
}

const prices: Record<string, number> = { mug: 1250, tee: 1900, book: 2400, lamp: 4900, vase: 3000, rare: 9900 };

interface Wish {
  skus: readonly string[];
  name?: string;
  token?: string;
  currency?: string;
  carrier?: 'external' | 'simulated';
}

class Shop {
  private readonly http;
  private count = 0;

  constructor(private readonly system: System) {
    const serviceToken = () => system.config.serviceToken;
    this.http = httpTo({ url: (part) => system.urls[part], serviceToken }, patienceMs);
  }

  /** Orders that have gone each way that an order can go, and come to rest. */
  async day(): Promise<void> {
    const currencies = ['EUR', 'USD', 'EUR', 'JPY'];
    const ids: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      ids.push(await this.place({ skus: [['mug', 'book', 'tee', 'lamp'][n % 4]!], currency: currencies[n % 4]! }));
    }
    for (const token of ['tok_declined', 'tok_fraud', 'tok_review', 'tok_review']) {
      ids.push(await this.place({ skus: ['mug'], token }));
    }
    for (const skus of [['gone'], ['rare', 'mug'], ['tee'], ['vase', 'lamp']]) {
      ids.push(await this.place({ skus, carrier: 'external', ...(skus[0] === 'tee' ? { token: '' } : {}) }));
    }
    await Promise.all(ids.map((id) => this.untilRest(id)));
  }

  async place({ skus, name, token = 'tok_ok', currency = 'EUR', carrier = 'simulated' }: Wish): Promise<string> {
    this.count += 1;
    const body: PlaceOrder = {
      customerId: `c-${200 + ((this.count * 37) % 90)}`,
      currency,
      lines: skus.map((sku) => ({ sku, quantity: sku === 'rare' ? 3 : 1, unitPrice: prices[sku] ?? 1000 })),
      shippingFee: 490,
      payment: token === '' ? { method: 'later' } : { method: 'card', token },
      shippingAddress: { name: 'Ada Example', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE' },
      carrier,
      reference: name ?? `R-${1000 + this.count}`,
    };
    const headers = { ...this.headers, 'idempotency-key': randomUUID() };
    return (await this.http.send<OrderView>('api', 'POST', '/v1/orders', { headers, body })).body.id;
  }

  untilStatus(id: string, status: OrderView['status']): Promise<void> {
    return this.until(id, (view) => view.status === status);
  }

  /** Until the order has ended, or waits for somebody. */
  private untilRest(id: string): Promise<void> {
    const isBusy = ({ steps }: OrderView) => steps.some(({ state }) => state === 'running' || state === 'undoing');
    const waits = ({ steps }: OrderView) => steps.some(({ state }) => state === 'waiting');
    return this.until(id, (view) => !isBusy(view) && (isEnded(view.status) || waits(view)));
  }

  private async until(id: string, isSo: (view: OrderView) => boolean): Promise<void> {
    for (const end = Date.now() + patienceMs; ;) {
      const { body } = await this.http.send<OrderView>('api', 'GET', `/v1/orders/${id}`, { headers: this.headers });
      if (isSo(body)) return;
      if (Date.now() > end) throw new Error(`order ${id} is ${body.status} after ${patienceMs / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  private get headers() {
    return { authorization: `Bearer ${keyOf(this.system.config, 'shop').key}` };
  }
}
