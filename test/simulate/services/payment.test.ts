import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PaymentClient } from '../../../services/payment/client.js';
import type { paymentContract } from '../../../services/payment/contract.js';
import { paymentService } from '../../../services/payment/service.js';
import type { Db } from '../../../services/support/database.js';
import { servicesInMemory } from '../../../tools/simulate/services/index.js';
import { startForTest, type ServiceUnderTest } from '../../services/support/start.js';
import { shareOf } from '../../support/share.js';
import { databaseOf, Normal, outcomeOf, settings } from './both.js';

let service: ServiceUnderTest<typeof paymentContract>;
let db: Db;

beforeAll(async () => {
  service = await startForTest(paymentService);
  db = await databaseOf(service, paymentService);
});
afterAll(async () => {
  await db?.destroy();
  await service?.stop();
});

const token = fc.constantFrom(
  ...(['tok_ok', 'tok_ok', 'tok_ok', 'tok_ok', 'tok_flaky', 'tok_flaky'] as const),
  ...(['tok_review', 'tok_fraud', 'tok_declined', 'tok_other'] as const),
);

const action = fc.record({
  what: fc.constantFrom(
    ...(['screen', 'screen', 'screen', 'authorize', 'authorize', 'authorize', 'record', 'record', 'record'] as const),
    ...(['giveBack', 'giveBack', 'giveBack', 'reduce', 'capture', 'capture', 'capture', 'refund', 'refund'] as const),
    ...(['void', 'voidOne', 'settle', 'limit'] as const),
  ),
  order: fc.constantFrom('o1', 'o2', 'o3'),
  key: fc.integer({ min: 0, max: 9 }),
  run: fc.constantFrom('first', 'first', 'second', undefined),
  amount: fc.integer({ min: 1, max: 60 }),
  currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'EUR', 'USD'),
  token,
  screens: fc.boolean(),
  message: fc.integer({ min: 0, max: 1 }),
  customer: fc.constantFrom('ann', 'ann', 'bob'),
  /** Instead, an earlier call again, perhaps by another run. */
  again: fc.option(fc.nat({ max: 9 })),
});
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

const actions = fc.array(action, { minLength: 20, maxLength: 40 });

it('the random calls hold, capture, refund and give back', () => {
  const has = (...whats: string[]) => shareOf(actions, (all) => whats.every((w) => all.some(({ what }) => what === w)));
  expect(has('authorize', 'capture', 'refund')).toBeGreaterThan(0.7);
  expect(has('record', 'giveBack', 'void')).toBeGreaterThan(0.5);
});

/** One of the two services, with the authorizations that it has made. */
interface Side {
  client: PaymentClient;
  authorizations: string[];
  normal: Normal;
}

/** Makes the call; its orders, customers and keys are those of this case alone, because the cases share a database. */
async function make({ client, authorizations }: Side, prefix: string, action: Action): Promise<unknown> {
  const orderId = prefix + action.order;
  const { what, run, amount, currency, token } = action;
  const call = { key: `${orderId}:${what}:${action.key}`, ...(run === undefined ? {} : { run }) };
  const params = { orderId };
  const providerRef = `${orderId} message ${action.message}`;
  const note = (answer: { authorizationId: string }) => {
    authorizations.push(answer.authorizationId);
    return answer;
  };
  switch (what) {
    case 'screen': {
      const body = { orderId, shopId: 'shop', customerId: prefix + action.customer, amount, currency };
      return client.screen({ ...call, body: { ...body, ...(action.screens ? { token } : {}) } });
    }
    case 'authorize':
      return note(
        await client.authorize({ ...call, body: { orderId, amount, currency, token, screen: action.screens } }),
      );
    case 'record':
      return note(await client.record({ ...call, body: { orderId, amount, currency, providerRef } }));
    case 'giveBack':
      return client.giveBack({ ...call, params, body: { amount, currency, providerRef } });
    case 'void':
      return client.void({ ...call, params, body: {} });
    case 'voidOne':
      return client.void({ ...call, params, body: { authorizationId: authorizations.at(-1) ?? 'none' } });
    case 'reduce':
      return client.reduce({ ...call, params, body: { amount } });
    case 'capture':
      return client.capture({ ...call, params, body: { shipmentId: `${orderId}-${action.message}`, amount } });
    case 'refund':
      return client.refund({ ...call, params, body: { subject: `${orderId}-${action.message}`, amount } });
    case 'settle':
      return client.settle({ ...call, params, body: {} });
    case 'limit':
      return client.putScreening({ body: { dailyLimit: amount } });
  }
}

it('answers as the real service, and has the same tables afterwards', async () => {
  let cases = 0;
  await fc.assert(
    fc.asyncProperty(actions, async (all) => {
      const prefix = `c${cases++}-`;
      const start = Date.now();
      const model = servicesInMemory({ now: Date.now, wait: () => Promise.resolve() }).payment;
      const sides = [service.client, model.client].map((client): Side => {
        return { client, authorizations: [], normal: new Normal(start) };
      });
      const [real, inMemory] = sides as [Side, Side];
      for (const side of sides) await side.client.putScreening({ body: { dailyLimit: 60 } });
      for (const [at, drawn] of all.entries()) {
        const one = drawn.again === null ? drawn : { ...(all[at - 1 - drawn.again] ?? drawn), run: drawn.run };
        const expected = real.normal.of(await outcomeOf(make(real, prefix, one)));
        expect(inMemory.normal.of(await outcomeOf(make(inMemory, prefix, one)))).toEqual(expected);
      }
      const expected = real.normal.of(await tables(prefix));
      expect(
        inMemory.normal.of({
          payments: [...model.payments.values()].map(({ payment }) => payment).sort(byOrder),
          authorizations: [...model.payments.values()]
            .sort((a, b) => byOrder(a.payment, b.payment))
            .flatMap(({ payment: { order_id }, authorizations }) =>
              authorizations.map((one) => ({ order_id, ...one })),
            ),
          screenings: [...model.screenings]
            .map(([order_id, { day: _, ...row }]) => ({ order_id, ...row }))
            .sort(byOrder),
          keys: [...model.keys.calls].map(([key, { status, operation, answer }]) => {
            return { key, status, operation, answer: JSON.parse(answer) as unknown };
          }),
          undone: [...model.keys.undos].map(([effect, { run }]) => ({ effect, run })),
        }),
      ).toEqual(expected);
      const list = ({ client }: Side) =>
        Promise.all(['o1', 'o2', 'o3'].map((order) => client.listPayments({ query: { orderId: prefix + order } })));
      expect(inMemory.normal.of(await list(inMemory))).toEqual(real.normal.of(await list(real)));
    }),
    settings,
  );
}, 120_000);

function byOrder(a: { order_id: string }, b: { order_id: string }): number {
  return a.order_id < b.order_id ? -1 : 1;
}

async function tables(prefix: string) {
  const own = `${prefix}%`;
  const rows = async (query: ReturnType<typeof sql>) => (await query.execute(db)).rows;
  return {
    payments: await rows(sql`select * from payments where order_id like ${own} order by order_id`),
    authorizations: await rows(sql`
      select order_id, id, amount, held, token, provider_ref from authorizations where order_id like ${own}
      order by order_id, seq`),
    screenings: await rows(sql`
      select order_id, shop_id, customer_id, currency, amount from screenings where order_id like ${own} order by order_id`),
    keys: await rows(sql`
      select key, status, operation, answer::json as answer from idempotency_keys where key like ${own}
      order by created_at`),
    undone: await rows(sql`select effect, run from undone where effect like ${`%${prefix}%`} order by at`),
  };
}
