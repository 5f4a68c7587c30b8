import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inventoryService } from '../../../services/inventory/service.js';
import { paymentService } from '../../../services/payment/service.js';
import type { Operation } from '../../../services/support/operation.js';
import { startForTest } from './start.js';

/** Values that have hurt somebody, at places where they look almost right. */
const nasty = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    'o-1',
    'mug',
    'tok_ok',
    'EUR',
    0,
    1,
    -1,
    1.5,
    1e9,
    1e12,
    1e21,
    2 ** 53,
    true,
    [],
    {},
  ),
  fc.constantFrom('\u0000', '\ud800', "'; drop table stock --", '../../etc/passwd', 'x'.repeat(300), '🙂'),
  fc.jsonValue({ maxDepth: 2 }),
);
const names = [
  'orderId', 'lines', 'holdMs', 'shipmentId', 'lostShipmentId', 'warehouses', 'amount', 'currency', 'token', 'screen',
  'shopId', 'customerId', 'providerRef', 'authorizationId', 'subject', 'dailyLimit', 'sku', 'quantity', '__proto__x',
]; // prettier-ignore
const lines = fc.array(
  fc.record(
    { sku: fc.constantFrom('mug', 'rare', 'no-such'), quantity: fc.constantFrom<unknown>(1, 10_000, 10_001, 0, '1') },
    { requiredKeys: [] },
  ),
  { maxLength: 3 },
);
const warehouses = fc.array(
  fc.record({ warehouse: fc.constantFrom('east', 'e'.repeat(64)), available: fc.constantFrom(0, 1e12, 1e12 + 1) }),
  { maxLength: 3 },
);
const body = fc.oneof(
  nasty,
  fc.dictionary(fc.constantFrom(...names), nasty),
  fc.record(
    {
      orderId: fc.constantFrom('o-1', 'o-2', 'o'.repeat(64)),
      lines,
      holdMs: fc.constantFrom(1, 1e11, Number.MAX_SAFE_INTEGER),
    },
    { requiredKeys: ['orderId'] },
  ),
  fc.record({ lines }),
  fc.record({ warehouses }),
  fc.record({ holdMs: fc.constantFrom(1, 630_720_000_000, 630_720_000_001) }),
  fc.record({ shipmentId: fc.constantFrom('o-1-east', 'x'.repeat(141)) }),
  fc.record(
    {
      orderId: fc.constantFrom('o-1', 'o-2'),
      amount: fc.constantFrom(0, 1, 1e12, 1e12 + 1),
      currency: fc.constantFrom('EUR', 'USD', 'eur'),
      token: fc.constantFrom('tok_ok', 'tok_', 'tok_4111111111111111'),
      providerRef: fc.constantFrom('m', 'ü\u0001', 'x'.repeat(255)),
      subject: fc.constantFrom('s', '\u0000'),
      shipmentId: fc.constantFrom('s', ''),
    },
    { requiredKeys: ['amount'] },
  ),
);
const param = fc.constantFrom(
  'o-1',
  'o-2',
  'mug',
  'rare',
  '%00',
  '%20',
  '..',
  'a%2Fb',
  '%F0%9F%99%82',
  'x'.repeat(200),
);
const query = fc.dictionary(
  fc.constantFrom('orderId', 'limit', 'cursor', 'x'),
  fc.constantFrom('', '0', '1', '201', '1e3', 'x', 'bnVsbA', 'WyJcdTAwMDAiXQ', 'WyJhIiwiYiIsImMiXQ', '\u0000', '🙂'),
);

describe.each([
  ['inventory', () => startForTest(inventoryService), inventoryService.contract],
  ['payment', () => startForTest(paymentService), paymentService.contract],
] as [string, () => Promise<{ url: string; stop: () => Promise<void> }>, Record<string, Operation>][])(
  '%s',
  (_, start, contract) => {
    let service: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
      service = await start();
    });
    afterAll(() => service?.stop());

    test.each(Object.entries(contract))('%s never answers garbage with 5xx', async (name, operation) => {
      let calls = 0;
      await fc.assert(
        fc.asyncProperty(body, param, query, async (garbage, value, search) => {
          const path = operation.path.replace(/:\w+/g, value);
          // A query would be refused before the handler sees the body.
          const asked = operation.method === 'GET' ? `?${new URLSearchParams(search).toString()}` : '';
          const response = await fetch(service.url + path + asked, {
            method: operation.method,
            ...(operation.method === 'GET' ? {} : { body: JSON.stringify(garbage) }),
            headers: {
              ...(operation.method === 'GET' ? {} : { 'content-type': 'application/json' }),
              'idempotency-key': `${name}-${calls++}`,
            },
          });
          const answer = (await response.json()) as { code?: string };
          expect(response.status, JSON.stringify(answer)).toBeLessThan(500);
          if (response.status >= 400) expect(answer.code).toMatch(/^[a-z_]+$/);
        }),
        { numRuns: 50 },
      );
    });
  },
);
