import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { paymentContract } from '../../../services/payment/contract.js';
import { paymentService } from '../../../services/payment/service.js';
import { Rejection } from '../../../services/support/client.js';
import { shareOf } from '../../support/share.js';
import { startForTest, type ServiceUnderTest } from '../support/start.js';

let service: ServiceUnderTest<typeof paymentContract>;

beforeAll(async () => {
  service = await startForTest(paymentService);
});
afterAll(() => service?.stop());

// Operations that add money are more frequent, so that later ones find money to release or refund.
const action = fc.record({
  what: fc.constantFrom(
    ...(['authorize', 'authorize', 'record', 'capture', 'capture', 'refund', 'refund'] as const),
    ...(['void', 'voidFirst', 'reduce', 'settle'] as const),
  ),
  amount: fc.integer({ min: 0, max: 50 }),
  again: fc.boolean(),
});
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

/** Rounds of actions. The actions of a round run at the same moment. */
const history = fc.array(fc.array(action, { minLength: 1, maxLength: 4 }), { minLength: 4, maxLength: 8 });

/** Whether these actions occur in this order, each in a later round than the one before. */
function follow(rounds: Action[][], ...whats: Action['what'][]): boolean {
  let at = -1;
  return whats.every((what) => {
    at = rounds.findIndex((round, i) => i > at && round.some((one) => one.what === what));
    return at >= 0;
  });
}

it('the generated histories have money to refund, and captures that compete with voids', () => {
  expect(shareOf(history, (rounds) => follow(rounds, 'authorize', 'capture'))).toBeGreaterThan(0.6);
  expect(shareOf(history, (rounds) => follow(rounds, 'authorize', 'capture', 'refund'))).toBeGreaterThan(0.3);
  const rivals = (round: Action[]): boolean =>
    round.some(({ what }) => what === 'capture') && round.some(({ what }) => what === 'void' || what === 'voidFirst');
  expect(shareOf(history, (rounds) => rounds.some(rivals))).toBeGreaterThan(0.3);
});

async function perform(orderId: string, { what, amount, again }: Action, known: string[]): Promise<void> {
  const { client } = service;
  const params = { orderId };
  const key = randomUUID();
  const positive = amount + 1;
  const first = known[0] ?? 'none';
  const call = async () => {
    switch (what) {
      case 'authorize': {
        const body = { orderId, amount: positive, currency: 'EUR', token: 'tok_ok' };
        known.push((await client.authorize({ body, key })).authorizationId);
        return;
      }
      case 'record': {
        const body = { orderId, amount: positive, currency: 'EUR', providerRef: `msg-${amount}` };
        known.push((await client.record({ body, key })).authorizationId);
        return;
      }
      case 'void':
        return void (await client.void({ params, body: {}, key }));
      case 'voidFirst':
        return void (await client.void({ params, body: { authorizationId: first }, key }));
      case 'reduce':
        return void (await client.reduce({ params, body: { amount: positive }, key }));
      case 'capture':
        return void (await client.capture({ params, body: { shipmentId: 's', amount }, key }));
      case 'refund':
        return void (await client.refund({ params, body: { subject: 's', amount }, key }));
      case 'settle':
        return void (await client.settle({ params, body: {}, key }));
    }
  };
  // A call that is repeated under its key must count once.
  for (let times = again ? 2 : 1; times > 0; times--) {
    try {
      await call();
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
    }
  }
}

it('after any calls in any order, the operations add up to the sums, and no sum is impossible', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(history, async (rounds) => {
      const orderId = `prop-${runs++}`;
      const known: string[] = [];
      for (const round of rounds) await Promise.all(round.map((one) => perform(orderId, one, known)));
      const [item] = (await service.client.listPayments({ query: { orderId } })).items;
      if (!item) return;
      const total = (...kinds: string[]) =>
        item.operations.filter(({ kind }) => kinds.includes(kind)).reduce((sum, { amount }) => sum + amount, 0);
      expect(item.authorized + item.captured + item.voided).toBe(total('authorize'));
      expect(item.captured).toBe(total('capture'));
      expect(item.voided).toBe(total('void', 'release'));
      expect(item.refunded).toBe(total('refund'));
      expect(item.refunded).toBeLessThanOrEqual(item.captured);
    }),
    { numRuns: 30 },
  );
}, 120_000);
