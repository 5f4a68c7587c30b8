import { afterAll, beforeAll } from 'vitest';
import { startTestSystem } from '../../support/system.js';
import { Shop } from './shop.js';

/**
 * Starts one whole system for a test file and opens a shop on it: Temporal, PostgreSQL, the services, the worker and the API, each a
 * program of its own.
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
