import { afterAll, beforeAll } from 'vitest';
import { startTestSystem } from '../../support/system.js';
import { Shop } from './shop.js';

/**
 * One whole system for a test file, with a shop at it: Temporal, PostgreSQL, the services, the worker and the API in processes of
 * their own.
 *
 *     let shop: Shop;
 *     wholeSystem({ PAYMENT_DEADLINE: '3s' }, (opened) => (shop = opened));
 */
export function wholeSystem(env: Record<string, string>, opened: (shop: Shop) => void): void {
  let shop: Shop | undefined;
  beforeAll(async () => {
    shop = await Shop.open(await startTestSystem({ env }));
    opened(shop);
  }, 600_000);
  afterAll(async () => {
    await shop?.close();
    await shop?.system.remove();
  }, 120_000);
}
