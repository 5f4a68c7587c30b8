import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReturnableOrder } from '../../activities/orders.js';
import { orderTotal, parcelShares } from '../../contracts/money.js';
import type { LineQuantity } from '../../contracts/order.js';
import { leftToReturn } from '../../contracts/returns.js';
import { Returns } from '../../workflows/returns/state.js';
import type { Return } from '../../workflows/returns/state.js';

/** Draws a completed order. Everything was delivered, or everything except one parcel that was lost and paid back. */
const completed = fc
  .record({
    lines: fc
      .array(
        fc.record({
          quantity: fc.integer({ min: 1, max: 9 }),
          unitPrice: fc.oneof(fc.constantFrom(0, 1, 5), fc.integer({ min: 0, max: 10_000 })),
        }),
        { minLength: 1, maxLength: 3 },
      )
      .map((lines) => lines.map((l, i) => ({ ...l, sku: `s${i}`, reserved: l.quantity }))),
    shippingFee: fc.constantFrom(0, 490),
    amounts: fc.array(fc.integer({ min: -200, max: 200 }), { maxLength: 2 }),
    lost: fc.boolean(),
  })
  .map(({ lines, shippingFee, amounts, lost }): ReturnableOrder => {
    const adjustments = amounts.map((amount) => ({ kind: 'other' as const, label: 'x', amount }));
    const parcels = lines.map(({ sku, quantity }) => ({ shipmentId: sku, lines: [{ sku, quantity }] }));
    const captured = orderTotal({ lines, shippingFee, adjustments });
    const isLost = lost && parcels.length > 1;
    return {
      id: 'ord_1',
      status: 'completed',
      lines,
      shippingFee,
      adjustments,
      returns: [],
      captured,
      refunded: isLost ? parcelShares({ lines, shippingFee, adjustments }, parcels)[0]! : 0,
      delivered: isLost ? parcels.slice(1) : parcels,
    };
  })
  .filter((order) => order.captured >= 1 && order.refunded >= 0);

type Act = { kind: 'ask' | 'approve' | 'reject' | 'receive' | 'receive fewer' | 'next run'; pick: number };
const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom(
    'ask',
    'ask',
    'ask',
    'approve',
    'reject',
    'receive',
    'receive fewer',
    'receive fewer',
    'next run',
  ),
  pick: fc.nat({ max: 1000 }),
});

/** The returns of one order, through one run after the other. It collects the refunds that the payment service would make. */
class Life {
  returns = new Returns();
  refunds: number[] = [];
  #asked = 0;

  constructor(readonly order: ReturnableOrder) {
    this.returns.learn(order);
  }

  get left(): LineQuantity[] {
    const left = [...leftToReturn(this.order.delivered, this.returns.views)];
    return left.flatMap(([sku, quantity]) => (quantity > 0 ? [{ sku, quantity }] : []));
  }

  ask(lines: LineQuantity[], status: 'requested' | 'approved'): Return {
    expect(this.returns.excessOf(lines)).toEqual([]);
    const requestedAt = '2026-01-01T00:00:00.000Z';
    return this.returns.add({ id: `ret_${(this.#asked += 1)}`, status, lines, reason: 'x', refunded: 0, requestedAt });
  }

  receive(back: Return, lines?: LineQuantity[]): void {
    expect(back.fits(lines)).toBe(true);
    back.receive(lines);
    const amount = back.claim();
    expect(back.claim()).toBe(amount);
    back.refunded = amount;
    this.refunds.push(amount);
    back.status = 'closed';
  }

  /** Starts the next run, which loads the returns from the book. The run before has closed or was terminated. */
  nextRun(): void {
    const views = this.returns.views;
    const refunded = this.order.refunded + views.reduce((sum, each) => sum + each.refunded, 0);
    this.returns = new Returns();
    this.returns.learn({ ...this.order, returns: views, refunded });
    this.returns.left();
  }

  act({ kind, pick }: Act): void {
    const of = (...statuses: string[]) => this.returns.own.filter((each) => statuses.includes(each.status));
    const one = <T>(all: readonly T[]): T | undefined => all[pick % Math.max(1, all.length)];
    const waiting = one(of('requested'));
    const coming = one(of('approved'));
    if (kind === 'ask') {
      const some = one(this.left);
      const lines = pick % 3 === 0 ? this.left : some && [{ ...some, quantity: 1 + (pick % some.quantity) }];
      if (lines && lines.length > 0) this.ask(lines, pick % 2 === 0 ? 'requested' : 'approved');
    } else if (kind === 'approve' || kind === 'reject') waiting?.decide(kind);
    else if (kind === 'next run') this.nextRun();
    else if (coming) {
      const some = one(coming.lines)!;
      this.receive(coming, kind === 'receive' ? undefined : [{ ...some, quantity: 1 + (pick % some.quantity) }]);
    }
    this.check();
  }

  get paid(): number {
    return this.order.captured - this.order.refunded;
  }

  get refunded(): number {
    return this.refunds.reduce((sum, each) => sum + each, 0);
  }

  check(): void {
    for (const refund of this.refunds) expect(refund).toBeGreaterThanOrEqual(0);
    expect(this.refunded).toBeLessThanOrEqual(this.paid);
    const back = this.returns.views.filter((each) => each.status === 'closed').flatMap((each) => each.lines);
    const all = this.order.delivered.flatMap((each) => each.lines);
    const pieces = (lines: LineQuantity[]) => lines.reduce((sum, l) => sum + l.quantity, 0);
    if (pieces(back) === pieces(all)) expect(this.refunded).toBe(this.paid);
  }

  /** Returns everything that is on its way, and everything that is left. */
  returnTheRest(newestFirst: boolean): void {
    for (const each of this.returns.own) if (each.status === 'requested') each.decide('approve');
    if (this.left.length > 0) this.ask(this.left, 'approved');
    const coming = this.returns.own.filter((each) => each.status === 'approved');
    for (const each of newestFirst ? coming.toReversed() : coming) this.receive(each);
  }
}

describe('any sequence of requests, reviews and receipts', () => {
  const lives = fc.tuple(completed, fc.array(act, { minLength: 8, maxLength: 25, size: 'max' }));
  const lived = ([order, acts]: [ReturnableOrder, Act[]]): Life => {
    const life = new Life(order);
    for (const each of acts) life.act(each);
    return life;
  };

  it('refunds no more than was paid, and everything once all pieces are back', () => {
    fc.assert(
      fc.property(lives, fc.boolean(), (drawn, newestFirst) => {
        const life = lived(drawn);
        life.returnTheRest(newestFirst);
        expect(life.refunded).toBe(life.paid);
      }),
      { numRuns: 500 },
    );
  });

  it('refunds the same total in whatever sequence the pieces arrive', () => {
    const shuffled = completed.chain((order) => {
      const lines = order.delivered.flatMap((each) => each.lines);
      const pieces = lines.flatMap(({ sku, quantity }) => Array<string>(quantity).fill(sku));
      return fc.record({
        order: fc.constant(order),
        one: fc.shuffledSubarray(pieces, { minLength: 1 }),
        seed: fc.nat(),
      });
    });
    const refundOf = (order: ReturnableOrder, skus: string[]) => {
      const life = new Life(order);
      for (const sku of skus) life.receive(life.ask([{ sku, quantity: 1 }], 'approved'));
      return life.refunded;
    };
    fc.assert(
      fc.property(shuffled, ({ order, one, seed }) => {
        const another = one.map((sku, i) => [(i * 7919 + seed) % 101, sku] as const).sort(([a], [b]) => a - b);
        expect(
          refundOf(
            order,
            another.map(([, sku]) => sku),
          ),
        ).toBe(refundOf(order, one));
      }),
      { numRuns: 300 },
    );
  });

  it('the drawn sequences contain each kind of case often enough', () => {
    const seen: Record<string, number> = {};
    fc.assert(
      fc.property(lives, (drawn) => {
        const life = lived(drawn);
        const views = life.returns.views;
        const happened = {
          rejected: views.some((each) => each.status === 'rejected'),
          fewer: views.some((each) => each.announced !== undefined),
          'several refunds': life.refunds.filter((each) => each > 0).length > 1,
          'everything back': views.length > 0 && life.left.length === 0,
          'a lost parcel': life.order.refunded > 0,
        };
        for (const [name, is] of Object.entries(happened)) seen[name] = (seen[name] ?? 0) + (is ? 1 : 0);
      }),
      { numRuns: 1000, seed: 1 },
    );
    for (const [name, times] of Object.entries(seen)) expect([name, times > 100]).toEqual([name, true]);
  });
});
