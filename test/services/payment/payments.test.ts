import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../../../contracts/defined.js';
import type { paymentContract } from '../../../services/payment/contract.js';
import { paymentService } from '../../../services/payment/service.js';
import { databaseUrlOf } from '../../../services/support/database.js';
import { startForTest, type ServiceUnderTest } from '../support/start.js';

let service: ServiceUnderTest<typeof paymentContract>;
let payment: ServiceUnderTest<typeof paymentContract>['client'];

beforeAll(async () => {
  service = await startForTest(paymentService);
  payment = service.client;
});
afterAll(() => service?.stop());

const key = () => randomUUID();
const order = () => `o-${randomUUID().slice(0, 8)}`;
const currency = 'EUR';

const authorize = (orderId: string, amount: number, token = 'tok_ok', screen?: boolean) =>
  payment.authorize({
    body: { orderId, amount, currency, token, ...defined({ screen }) },
    key: key(),
  });
const record = (orderId: string, amount: number, providerRef: string) =>
  payment.record({ body: { orderId, amount, currency, providerRef }, key: key() });
const voidAll = (orderId: string, authorizationId?: string) =>
  payment.void({ params: { orderId }, body: authorizationId ? { authorizationId } : {}, key: key() });
const capture = (orderId: string, amount: number, shipmentId = `${orderId}-east`) =>
  payment.capture({ params: { orderId }, body: { shipmentId, amount }, key: key() });
const refund = (orderId: string, amount: number) =>
  payment.refund({ params: { orderId }, body: { subject: 'r-1', amount }, key: key() });
const reduce = (orderId: string, amount: number) =>
  payment.reduce({ params: { orderId }, body: { amount }, key: key() });
const settle = (orderId: string) => payment.settle({ params: { orderId }, body: {}, key: key() });
const screened = () => ({ orderId: order(), shopId: 'demo', customerId: 'c-token', amount: 1, currency });
const stored = async (orderId: string) => (await payment.listPayments({ query: { orderId } })).items[0];

describe('money', () => {
  it('is held, captured in shares, settled, refunded', async () => {
    const orderId = order();
    expect((await authorize(orderId, 1000)).balance).toEqual({ authorized: 1000, captured: 0, refunded: 0 });
    await capture(orderId, 600);
    await capture(orderId, 300, `${orderId}-west`);
    expect((await settle(orderId)).balance).toEqual({ authorized: 0, captured: 900, refunded: 0 });
    expect((await refund(orderId, 900)).balance).toEqual({ authorized: 0, captured: 900, refunded: 900 });
    const item = await stored(orderId);
    expect(item).toMatchObject({ authorized: 0, captured: 900, refunded: 900, voided: 100, currency });
    expect(item?.operations.map(({ kind, amount, subject }) => `${kind} ${amount} ${subject ?? ''}`.trim())).toEqual([
      'authorize 1000',
      `capture 600 ${orderId}-east`,
      `capture 300 ${orderId}-west`,
      'release 100',
      'refund 900 r-1',
    ]);
  });

  it('a share of 0 needs no held money', async () => {
    const orderId = order();
    expect((await capture(orderId, 0)).balance).toEqual({ authorized: 0, captured: 0, refunded: 0 });
  });

  it('only held money can be captured, and only captured money refunded', async () => {
    const orderId = order();
    await authorize(orderId, 500);
    await expect(capture(orderId, 501)).rejects.toMatchObject({ code: 'capture_refused' });
    await expect(refund(orderId, 1)).rejects.toMatchObject({ code: 'refund_exceeds_captured' });
    await capture(orderId, 500);
    await refund(orderId, 300);
    await expect(refund(orderId, 201)).rejects.toMatchObject({ code: 'refund_exceeds_captured' });
    expect(await stored(orderId)).toMatchObject({ authorized: 0, captured: 500, refunded: 300, voided: 0 });
  });

  it('an order can have two authorizations: a capture takes from both, a void only from the one that it names', async () => {
    const orderId = order();
    await authorize(orderId, 400);
    const second = await authorize(orderId, 400);
    expect(second.balance.authorized).toBe(800);
    expect((await voidAll(orderId, second.authorizationId)).balance.authorized).toBe(400);
    expect((await voidAll(orderId, second.authorizationId)).balance.authorized).toBe(400);
    expect((await voidAll(orderId, 'auth_unheard')).balance.authorized).toBe(400);
    await authorize(orderId, 100);
    expect((await capture(orderId, 450)).balance).toMatchObject({ authorized: 50, captured: 450 });
  });

  it.each(['the older', 'the newer'])('a void of %s authorization does not change the other', async (which) => {
    const orderId = order();
    const both = { older: await authorize(orderId, 500), newer: await authorize(orderId, 300) };
    const [one, other, left] =
      which === 'the older' ? (['older', 'newer', 300] as const) : (['newer', 'older', 500] as const);
    const { authorizationId } = both[one];
    expect((await voidAll(orderId, authorizationId)).balance.authorized).toBe(left);
    // It holds no money now: a second void changes nothing, and the other authorization is complete.
    expect((await voidAll(orderId, authorizationId)).balance.authorized).toBe(left);
    expect((await voidAll(orderId, both[other].authorizationId)).balance.authorized).toBe(0);
    const voids = (await stored(orderId))?.operations.filter(({ kind }) => kind === 'void');
    expect(voids?.map(({ amount }) => amount)).toEqual([800 - left, left]);
  });

  it('held money is lowered for an order that became smaller', async () => {
    const orderId = order();
    await authorize(orderId, 1000);
    expect((await reduce(orderId, 700)).balance.authorized).toBe(700);
    expect((await reduce(orderId, 700)).balance.authorized).toBe(700);
    await expect(reduce(orderId, 701)).rejects.toMatchObject({ code: 'capture_refused' });
    await expect(capture(orderId, 701)).rejects.toMatchObject({ code: 'capture_refused' });
  });

  it('an order has one currency', async () => {
    const orderId = order();
    await authorize(orderId, 1000);
    const other = payment.authorize({ body: { orderId, amount: 1, currency: 'USD', token: 'tok_ok' }, key: key() });
    await expect(other).rejects.toMatchObject({ code: 'payment_declined' });
    const paid = payment.record({ body: { orderId, amount: 1, currency: 'USD', providerRef: 'msg-1' }, key: key() });
    await expect(paid).rejects.toMatchObject({ code: 'payment_declined' });
  });

  it('the same message of the provider is one authorization under any key', async () => {
    const orderId = order();
    const first = await record(orderId, 250, 'msg-1');
    expect(await record(orderId, 250, 'msg-1')).toEqual(first);
    expect((await record(orderId, 250, 'msg-2')).balance.authorized).toBe(500);
  });
});

describe('do and undo', () => {
  it('an authorization after its void is rejected; the void may be repeated', async () => {
    const orderId = order();
    await voidAll(orderId);
    await voidAll(orderId);
    await expect(authorize(orderId, 100)).rejects.toMatchObject({ code: 'payment_voided' });
    await expect(record(orderId, 100, 'msg')).rejects.toMatchObject({ code: 'payment_voided' });
    expect(await stored(orderId)).toBeUndefined();
  });

  it('a void releases held money, but not captured money', async () => {
    const orderId = order();
    await authorize(orderId, 1000);
    await capture(orderId, 400);
    expect((await voidAll(orderId)).balance).toEqual({ authorized: 0, captured: 400, refunded: 0 });
    await expect(capture(orderId, 1)).rejects.toMatchObject({ code: 'capture_refused' });
    expect(await stored(orderId)).toMatchObject({ voided: 600 });
  });

  it('after a settle nothing can be captured or held', async () => {
    const orderId = order();
    await authorize(orderId, 1000);
    await settle(orderId);
    await settle(orderId);
    await expect(capture(orderId, 1)).rejects.toMatchObject({ code: 'capture_refused' });
    await expect(record(orderId, 5, 'late')).rejects.toMatchObject({ code: 'payment_voided' });
  });

  it('do and undo at the same moment leave nothing held, whichever comes first', async () => {
    await Promise.all(
      Array.from({ length: 30 }, async () => {
        const orderId = order();
        await Promise.allSettled([authorize(orderId, 100), voidAll(orderId), capture(orderId, 100)]);
        const item = await stored(orderId);
        expect(item?.authorized ?? 0).toBe(0);
        const sum = (item?.captured ?? 0) + (item?.voided ?? 0);
        expect([0, 100]).toContain(sum);
      }),
    );
  });

  it('twenty captures at once take only what is held', async () => {
    const orderId = order();
    await authorize(orderId, 1000);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => capture(orderId, 90, `${orderId}-${i}`)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(11);
    expect(await stored(orderId)).toMatchObject({ authorized: 10, captured: 990 });
  });

  it('a hundred parcels of one order are captured at the same moment', async () => {
    const orderId = order();
    await authorize(orderId, 100);
    const all = await Promise.allSettled(
      Array.from({ length: 100 }, (_, i) => capture(orderId, 1, `${orderId}-w${i}`)),
    );
    expect(all.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(await stored(orderId)).toMatchObject({ authorized: 0, captured: 100 });
  });
});

describe('cards', () => {
  it.each([
    ['tok_declined', false, 'payment_declined'],
    ['tok_unheard_of', false, 'payment_declined'],
    ['tok_fraud', false, 'fraud_rejected'],
    ['tok_review', true, 'fraud_rejected'],
  ])('%s (screened: %s) is rejected with %s', async (token, screen, code) => {
    const orderId = order();
    await expect(authorize(orderId, 100, token, screen)).rejects.toMatchObject({ code });
    expect(await stored(orderId)).toBeUndefined();
  });

  it('tok_review is accepted after a review', async () => {
    expect((await authorize(order(), 100, 'tok_review')).balance.authorized).toBe(100);
  });

  it('a rejection is stored: the same key is rejected again, even if the order could now be paid', async () => {
    const orderId = order();
    const call = { body: { orderId, amount: 100, currency, token: 'tok_declined' }, key: key() };
    await expect(payment.authorize(call)).rejects.toMatchObject({ code: 'payment_declined' });
    await authorize(orderId, 100);
    await expect(payment.authorize(call)).rejects.toMatchObject({ code: 'payment_declined' });
  });

  it('tok_flaky fails twice for each order and operation, also under one key, and then works', async () => {
    const orderId = order();
    const call = { body: { orderId, amount: 100, currency, token: 'tok_flaky' }, key: key() };
    await expect(payment.authorize(call)).rejects.toMatchObject({ name: 'Fault', status: 500 });
    await expect(payment.authorize(call)).rejects.toMatchObject({ name: 'Fault', status: 500 });
    const answer = await payment.authorize(call);
    expect(await payment.authorize(call)).toEqual(answer);
    await expect(capture(orderId, 100)).rejects.toMatchObject({ status: 500 });
    await expect(capture(orderId, 100)).rejects.toMatchObject({ status: 500 });
    expect((await capture(orderId, 100)).balance).toMatchObject({ captured: 100 });
    await expect(voidAll(orderId)).rejects.toMatchObject({ status: 500 });
    await expect(authorize(order(), 100, 'tok_flaky')).rejects.toMatchObject({ status: 500 });
  });

  it('tok_slow takes three seconds to authorize, and takes effect even if the caller disconnects', async () => {
    const orderId = order();
    const call = { body: { orderId, amount: 100, currency, token: 'tok_slow' }, key: key() };
    const began = performance.now();
    const gone = new AbortController();
    const abandoned = payment.authorize({ ...call, signal: gone.signal });
    gone.abort(new Error('gone'));
    await expect(abandoned).rejects.toThrow('gone');
    const { balance } = await payment.authorize(call);
    expect(performance.now() - began).toBeGreaterThan(2_900);
    expect(balance.authorized).toBe(100);
    expect((await capture(orderId, 100)).balance.captured).toBe(100);
  });

  it('an order that is voided while its slow card authorizes is rejected when the wait is over', async () => {
    const orderId = order();
    const began = performance.now();
    const authorizing = authorize(orderId, 100, 'tok_slow');
    const rejected = expect(authorizing).rejects.toMatchObject({ code: 'payment_voided' });
    await payment.listPayments({ query: { orderId } });
    await voidAll(orderId);
    await rejected;
    expect(performance.now() - began).toBeLessThan(5_500);
  });

  it.each([
    ['the longest', 'x'.repeat(255)],
    ['eleven digits', 'pm_12345678901'],
    ['a UUID with many digits', '12345678-1234-4123-8123-1234567890ab'],
    ['one character', '-'],
  ])('a token that the simulation does not know (%s) is declined, as a card would be', async (_, token) => {
    await expect(authorize(order(), 100, token)).rejects.toMatchObject({ code: 'payment_declined' });
    expect(await payment.screen({ body: { ...screened(), token }, key: key() })).toEqual({ outcome: 'pass' });
  });

  it('a card number is rejected, and is nowhere in the database', async () => {
    for (const token of [
      '4111111111111111',
      'tok_4111111111111111',
      'tok_4111_1111_1111_1111',
      'tok_x4111111111111111',
      '4111-1111-1111-1111',
      '3782_822463_10005',
    ]) {
      await expect(authorize(order(), 100, token)).rejects.toMatchObject({ status: 422 });
    }
    const client = new pg.Client({ connectionString: databaseUrlOf(service.databaseUrl, 'payment') });
    await client.connect();
    try {
      const { rows } = await client.query<{ name: string }>(
        "select table_name as name from information_schema.tables where table_schema = 'public'",
      );
      expect(rows.length).toBeGreaterThan(5);
      for (const { name } of rows) {
        const found = await client.query(
          `select * from ${client.escapeIdentifier(name)} t where t::text ~ '4111_?1111'`,
        );
        expect(found.rowCount).toBe(0);
      }
    } finally {
      await client.end();
    }
  });
});

describe('the risk screen', () => {
  const screen = (
    customerId: string,
    amount: number,
    more: { token?: string; orderId?: string; currency?: string } = {},
  ) =>
    payment.screen({ body: { orderId: order(), shopId: 'demo', customerId, amount, currency, ...more }, key: key() });

  it('decides by the card', async () => {
    expect(await screen('c-card', 1, { token: 'tok_ok' })).toEqual({ outcome: 'pass' });
    expect(await screen('c-card', 1)).toEqual({ outcome: 'pass' });
    expect(await screen('c-card', 1, { token: 'tok_review' })).toMatchObject({ outcome: 'review' });
    await expect(screen('c-card', 1, { token: 'tok_fraud' })).rejects.toMatchObject({ code: 'fraud_rejected' });
  });

  it('decides by the total of the customer in the shop on this day, and counts each order once', async () => {
    await payment.putScreening({ body: { dailyLimit: 1000 } });
    expect(await payment.getScreening({})).toEqual({ dailyLimit: 1000 });
    const orderId = order();
    expect(await screen('c-limit', 600, { orderId })).toEqual({ outcome: 'pass' });
    expect(await screen('c-limit', 600, { orderId })).toEqual({ outcome: 'pass' });
    expect(await screen('c-limit', 400)).toEqual({ outcome: 'pass' });
    expect(await screen('c-limit', 1)).toMatchObject({ outcome: 'review' });
    expect(await screen('c-limit', 1, { currency: 'USD' })).toEqual({ outcome: 'pass' });
    expect(await screen('c-other', 1000)).toEqual({ outcome: 'pass' });
    await payment.putScreening({ body: { dailyLimit: null } });
    expect(await screen('c-limit', 10_000)).toEqual({ outcome: 'pass' });
  });

  it('counts the orders of today, but not those of earlier days', async () => {
    await payment.putScreening({ body: { dailyLimit: 1000 } });
    expect(await screen('c-days', 900)).toEqual({ outcome: 'pass' });
    const client = new pg.Client({ connectionString: databaseUrlOf(service.databaseUrl, 'payment') });
    await client.connect();
    try {
      for (const table of ['screenings', 'screening_days']) {
        await client.query(`update ${table} set day = day - 1 where customer_id = 'c-days'`);
      }
    } finally {
      await client.end();
    }
    expect(await screen('c-days', 1000)).toEqual({ outcome: 'pass' });
    expect(await screen('c-days', 1)).toMatchObject({ outcome: 'review' });
    await payment.putScreening({ body: { dailyLimit: null } });
  });

  it('of ten orders at once, only as many pass as the limit allows', async () => {
    await payment.putScreening({ body: { dailyLimit: 500 } });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => screen('c-crowd', 100)));
    expect(outcomes.filter(({ outcome }) => outcome === 'pass')).toHaveLength(5);
    await payment.putScreening({ body: { dailyLimit: null } });
  });
});

it('payments are listed in pages', async () => {
  for (const orderId of ['page-1', 'page-2', 'page-3']) await authorize(orderId, 5);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await payment.listPayments({ query: { limit: 2, ...defined({ cursor }) } });
    seen.push(...page.items.map(({ orderId }) => orderId));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(seen).toEqual([...new Set(seen)].sort());
  expect(seen).toEqual(expect.arrayContaining(['page-1', 'page-2', 'page-3']));
});

describe('late money', () => {
  const giveBack = (orderId: string, amount: number, providerRef = 'm-1', inCurrency = currency, underKey = key()) =>
    payment.giveBack({ params: { orderId }, body: { amount, currency: inCurrency, providerRef }, key: underKey });
  const kinds = async (orderId: string) =>
    (await stored(orderId))!.operations.map(({ kind, amount, subject, currency: inCurrency }) =>
      inCurrency === undefined ? [kind, amount, subject] : [kind, amount, subject, inCurrency],
    );

  it.each([
    ['voided', voidAll],
    ['settled', settle],
  ] as const)('comes and goes at once, also when the payment was %s', async (_, end) => {
    const orderId = order();
    await authorize(orderId, 1000);
    await end(orderId);
    const before = (await stored(orderId))!;
    const underKey = key();
    for (let n = 0; n < 2; n += 1) {
      expect(await giveBack(orderId, 700, 'm-1', currency, underKey)).toEqual({
        isOwn: false,
        balance: { authorized: 0, captured: 0, refunded: 0 },
      });
    }
    expect(await kinds(orderId)).toEqual([
      ...before.operations.map(({ kind, amount, subject }) => [kind, amount, subject]),
      ['authorize', 700, 'm-1'],
      ['void', 700, 'm-1'],
    ]);
    expect((await stored(orderId))!.voided).toBe(before.voided + 700);
  });

  it('of an order without any other payment is listed', async () => {
    const orderId = order();
    await giveBack(orderId, 700);
    expect(await stored(orderId)).toMatchObject({ currency: 'EUR', authorized: 0, captured: 0, voided: 700 });
  });

  it('in another currency is not part of the sums', async () => {
    const orderId = order();
    await authorize(orderId, 1000);
    await giveBack(orderId, 700, 'm-1', 'USD');
    expect(await stored(orderId)).toMatchObject({ currency: 'EUR', authorized: 1000, voided: 0 });
    expect((await kinds(orderId)).slice(1)).toEqual([
      ['authorize', 700, 'm-1', 'USD'],
      ['void', 700, 'm-1', 'USD'],
    ]);
  });

  it('does not decide the currency or the sums of the order when it comes first', async () => {
    const orderId = order();
    await giveBack(orderId, 700, 'm-1', 'USD');
    await giveBack(orderId, 300, 'm-2');
    await authorize(orderId, 1000);
    expect(await stored(orderId)).toMatchObject({ currency: 'EUR', authorized: 1000, captured: 0, voided: 300 });
    await giveBack(orderId, 20, 'm-3', 'USD');
    await giveBack(orderId, 5, 'm-4');
    expect(await stored(orderId)).toMatchObject({ currency: 'EUR', authorized: 1000, voided: 305 });
  });

  it('cannot be recorded after it was given back', async () => {
    const orderId = order();
    await giveBack(orderId, 1000);
    await expect(record(orderId, 1000, 'm-1')).rejects.toMatchObject({ code: 'payment_voided' });
    expect(await stored(orderId)).toMatchObject({ authorized: 0, voided: 1000 });
    expect((await record(orderId, 1000, 'm-2')).balance.authorized).toBe(1000);
  });

  it('is not given back if the message is a payment of the order', async () => {
    const orderId = order();
    await record(orderId, 1000, 'm-1');
    expect(await giveBack(orderId, 1000)).toEqual({
      isOwn: true,
      balance: { authorized: 1000, captured: 0, refunded: 0 },
    });
    expect(await kinds(orderId)).toHaveLength(1);
  });
});
