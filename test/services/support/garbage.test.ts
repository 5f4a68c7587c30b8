import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventoryService } from '../../../services/inventory/service.js';
import { paymentService } from '../../../services/payment/service.js';
import type { Operation } from '../../../services/support/operation.js';
import { shareOf } from '../../support/share.js';
import { startForTest } from './start.js';
import { authorized } from '../../support/service-token.js';

/** Values that often cause bugs. */
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
  'orderId', 'lines', 'holdMs', 'shipmentId', 'lostShipmentId', 'replacementOf', 'warehouses', 'amount', 'currency', 'token',
  'screen', 'shopId', 'customerId', 'providerRef', 'authorizationId', 'subject', 'dailyLimit', 'sku', 'quantity', '__proto__x',
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
const id = fc.constantFrom('o-1', 'o-2', 'o'.repeat(64));
const amount = fc.constantFrom(0, 1, 1e12);
/** Valid values of each field, at the limits of what is allowed. */
const right: Record<string, fc.Arbitrary<unknown>> = {
  orderId: id,
  shopId: id,
  customerId: id,
  lines: fc.constantFrom(
    [{ sku: 'mug', quantity: 1 }],
    [
      { sku: 'no-such', quantity: 10_000 },
      { sku: 'rare', quantity: 1 },
    ],
  ),
  holdMs: fc.constantFrom(1, 630_720_000_000),
  shipmentId: fc.constantFrom('o-1-east', 'o-2-west-2'),
  lostShipmentId: fc.constantFrom('o-1-east', 'o-2-west-2'),
  replacementOf: fc.option(fc.constantFrom('o-1-east', 'o-2-west-2'), { nil: undefined }),
  warehouses: fc.constantFrom([{ warehouse: 'east', available: 0 }], [{ warehouse: 'e'.repeat(64), available: 1e12 }]),
  amount,
  dailyLimit: fc.option(fc.constantFrom(1, 1e12)),
  currency: fc.constantFrom('EUR', 'USD'),
  token: fc.constantFrom('tok_ok', 'tok_declined', 'tok_review'),
  screen: fc.boolean(),
  providerRef: fc.constantFrom('m', 'x'.repeat(255)),
  authorizationId: fc.constantFrom('none', 'x'.repeat(300)),
  subject: fc.constantFrom('s', 'x'.repeat(200)),
};

/** Every field valid; in half of the cases one is then replaced by a nasty value, or an unknown one is added. */
function almostRight({ body }: Operation): fc.Arbitrary<unknown> {
  const shape = (body as { shape?: object } | undefined)?.shape ?? {};
  const fields = Object.keys(shape).map((name) => {
    if (!right[name]) throw new Error(`what is right for ${name}?`);
    return [name, right[name]] as const;
  });
  const spoiled = fc.option(fc.record({ name: fc.constantFrom(...fields.map(([name]) => name), 'x'), value: nasty }), {
    freq: 2,
  });
  return fc
    .record({ whole: fc.record(Object.fromEntries(fields)), spoiled })
    .map(({ whole, spoiled: one }) => (one ? { ...whole, [one.name]: one.value } : whole));
}
const bodyOf = (operation: Operation) =>
  fc.oneof(
    { weight: 3, arbitrary: almostRight(operation) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        nasty,
        fc.dictionary(fc.constantFrom(...names), nasty),
        fc.record({ lines }),
        fc.record({ warehouses }),
      ),
    },
  );

const param = fc.oneof(
  fc.constantFrom('o-1', 'o-2', 'mug', 'rare'),
  fc.constantFrom('%00', '%20', '..', 'a%2Fb', '%F0%9F%99%82', 'x'.repeat(200)),
);
const query = fc.oneof(
  fc.record({ orderId: fc.constantFrom('o-1', 'o-2'), limit: fc.constantFrom('1', '200') }, { requiredKeys: [] }),
  fc.dictionary(
    fc.constantFrom('orderId', 'limit', 'cursor', 'x'),
    fc.constantFrom('', '0', '1', '201', '1e3', 'x', 'bnVsbA', 'WyJcdTAwMDAiXQ', 'WyJhIiwiYiIsImMiXQ', '\u0000', '🙂'),
  ),
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

    const withBody = Object.entries(contract).filter(([, operation]) => 'body' in operation);
    it.each(withBody)('the inputs of %s are valid often enough, and invalid often enough', (_name, operation) => {
      const taken = shareOf(bodyOf(operation), (body) => operation.body!.safeParse(body).success);
      expect(taken).toBeGreaterThan(0.15);
      expect(taken).toBeLessThan(0.85);
    });

    it.each(Object.entries(contract))('%s never answers garbage with 5xx', async (name, operation) => {
      let calls = 0;
      const body = bodyOf(operation);
      await fc.assert(
        fc.asyncProperty(body, param, query, async (garbage, value, search) => {
          const path = operation.path.replace(/:\w+/g, value);
          // With a query the call would be rejected before the handler sees the body.
          const asked = operation.method === 'GET' ? `?${new URLSearchParams(search).toString()}` : '';
          const response = await fetch(service.url + path + asked, {
            method: operation.method,
            ...(operation.method === 'GET' ? {} : { body: JSON.stringify(garbage) }),
            headers: {
              ...authorized,
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
