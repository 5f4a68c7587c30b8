import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueForReceived, goodsValue, orderTotal, parcelShares, proportion, shrink } from '../../contracts/money.js';
import type { LineQuantity } from '../../contracts/order.js';
import { piecesOf } from '../../contracts/returns.js';
import { shareOf } from '../support/share.js';

const discount = (amount: number) => ({ kind: 'discount' as const, label: 'x', amount });

/** A fraction from 0 to 1. It avoids fc.double, which draws almost 0 in nine of ten cases. */
const part = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);

/** Orders that can be placed: each sku once, a total of at least 1. */
const order = fc
  .record({
    lines: fc
      .array(
        fc.record({
          quantity: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 10_000 })),
          unitPrice: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100_000_000 })),
        }),
        { minLength: 1, maxLength: 6 },
      )
      .map((lines) => lines.map((l, i) => ({ ...l, sku: `s${i}` }))),
    shippingFee: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10_000 })),
    adjustments: fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }).map(discount), { maxLength: 4 }),
  })
  .filter((o) => orderTotal(o) >= 1);
type Placed = typeof order extends fc.Arbitrary<infer O> ? O : never;

/** An order with its pieces distributed over some parcels. */
const parcelled = order.chain((o) =>
  fc
    .record({
      o: fc.constant(o),
      cuts: fc.array(fc.array(part, { minLength: 6, maxLength: 6 }), {
        minLength: 0,
        maxLength: 4,
      }),
    })
    .map(({ o, cuts }) => ({ o, parcels: deal(o, cuts) })),
);

function deal(o: Placed, cuts: number[][]): { lines: LineQuantity[] }[] {
  const left = o.lines.map((l) => l.quantity);
  const parcels = cuts.map((cut) => ({
    lines: o.lines.flatMap(({ sku }, i) => {
      const quantity = Math.floor(left[i]! * cut[i]!);
      left[i]! -= quantity;
      return quantity > 0 ? [{ sku, quantity }] : [];
    }),
  }));
  const rest = { lines: o.lines.flatMap(({ sku }, i) => (left[i]! > 0 ? [{ sku, quantity: left[i]! }] : [])) };
  return [...parcels, rest].filter((p) => p.lines.length > 0);
}

describe('the generated orders', () => {
  const rest = (o: Placed): number => o.adjustments.reduce((all, { amount }) => all + amount, o.shippingFee);

  it('have several parcels, with a rest that does not divide evenly', () => {
    expect(shareOf(parcelled, ({ parcels }) => parcels.length > 1)).toBeGreaterThan(0.5);
    expect(
      shareOf(parcelled, ({ o, parcels }) => parcels.length > 1 && rest(o) % parcels.length !== 0),
    ).toBeGreaterThan(0.2);
    expect(shareOf(parcelled, ({ o, parcels }) => parcels.length > 1 && rest(o) < 0)).toBeGreaterThan(0.15);
  });

  it('include orders with several lines, with few pieces, and with worthless goods', () => {
    expect(shareOf(order, ({ lines }) => lines.length > 1)).toBeGreaterThan(0.5);
    expect(shareOf(order, ({ lines }) => lines.some(({ quantity }) => quantity <= 5))).toBeGreaterThan(0.5);
    expect(shareOf(order, ({ lines }) => goodsValue(lines) === 0)).toBeGreaterThan(0.04);
  });

  it('use fractions well between 0 and 1', () => {
    expect(shareOf(part, (value) => value > 0.01 && value < 0.99)).toBeGreaterThan(0.7);
  });
});

const sum = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0);

describe('a proportion', () => {
  it.each([
    [10, 1, 3, 3],
    [-10, 1, 3, -3],
    [10, 2, 3, 6],
    [-10, 2, 3, -6],
    [7, 0, 3, 0],
    [7, 3, 3, 7],
    [7, 1, 0, 0],
  ])('%i x %i / %i is %i: rounded toward zero', (whole, part, all, expected) => {
    expect(proportion(whole, part, all) + 0).toBe(expected);
  });

  it('is exact where the product would lose digits as a number', () => {
    expect(proportion(1_000_000_000_000, 999_999_999_999, 1_000_000_000_000)).toBe(999_999_999_999);
    expect(proportion(999_999_999_999, 333_333_333_333, 999_999_999_999)).toBe(333_333_333_333);
  });
});

describe('the shares of the parcels', () => {
  it('are their lines plus their part of the rest; the first parcel takes the remainder', () => {
    const o = {
      lines: [
        { sku: 'vase', quantity: 1, unitPrice: 3000 },
        { sku: 'lamp', quantity: 1, unitPrice: 1000 },
      ],
      shippingFee: 400,
      adjustments: [discount(-101)],
    };
    const vase = { lines: [{ sku: 'vase', quantity: 1 }] };
    const lamp = { lines: [{ sku: 'lamp', quantity: 1 }] };
    // The rest is 299: the parts are 224 (from 224.25) and 74 (from 74.75), and 1 remains.
    expect(parcelShares(o, [vase, lamp])).toEqual([3225, 1074]);
    expect(parcelShares(o, [lamp, vase])).toEqual([1075, 3224]);
  });

  it('go by quantity where the goods are worth nothing', () => {
    const o = { lines: [{ sku: 'gift', quantity: 3, unitPrice: 0 }], shippingFee: 100, adjustments: [] };
    const parcels = [{ lines: [{ sku: 'gift', quantity: 1 }] }, { lines: [{ sku: 'gift', quantity: 2 }] }];
    expect(parcelShares(o, parcels)).toEqual([34, 66]);
  });

  it('add up to the total, whatever the parcels are', () => {
    fc.assert(
      fc.property(parcelled, ({ o, parcels }) => {
        expect(sum(parcelShares(o, parcels))).toBe(orderTotal(o));
      }),
    );
  });

  it('are never negative, because a negative amount cannot be captured', () => {
    fc.assert(
      fc.property(parcelled, ({ o, parcels }) => {
        for (const share of parcelShares(o, parcels)) expect(share).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });

  it('are whole numbers', () => {
    fc.assert(
      fc.property(parcelled, ({ o, parcels }) => {
        for (const share of parcelShares(o, parcels)) expect(Number.isSafeInteger(share)).toBe(true);
      }),
    );
  });
});

describe('a reduced order', () => {
  it('keeps its fee, and its adjustments shrink with the goods', () => {
    const o = {
      lines: [{ sku: 'a', quantity: 3, unitPrice: 1000 }],
      shippingFee: 490,
      adjustments: [discount(-101), { ...discount(50), kind: 'tax' as const }],
    };
    const smaller = shrink(o, new Map([['a', 2]]));
    expect(smaller).toMatchObject({ lines: [{ quantity: 2 }], total: 2000 + 490 - 67 + 33 });
    expect(smaller.adjustments.map((a) => a.amount)).toEqual([-67, 33]);
  });

  it('drops lines without pieces', () => {
    const o = {
      lines: [
        { sku: 'a', quantity: 1, unitPrice: 5 },
        { sku: 'b', quantity: 1, unitPrice: 7 },
      ],
      shippingFee: 0,
      adjustments: [],
    };
    expect(shrink(o, new Map([['b', 1]]))).toMatchObject({ lines: [{ sku: 'b' }], total: 7 });
  });

  it('is the same order when nothing is removed', () => {
    fc.assert(
      fc.property(order, (o) => {
        const same = shrink(o, new Map(o.lines.map((l) => [l.sku, l.quantity])));
        expect(same.total).toBe(orderTotal(o));
        expect(same.adjustments.map((a) => a.amount + 0)).toEqual(o.adjustments.map((a) => a.amount + 0));
      }),
    );
  });

  it('has no adjustment that is larger than before or has another sign', () => {
    fc.assert(
      fc.property(order, part, (o, share) => {
        const smaller = shrink(o, new Map(o.lines.map((l) => [l.sku, Math.ceil(l.quantity * share)])));
        smaller.adjustments.forEach((a, i) => {
          expect(Math.abs(a.amount)).toBeLessThanOrEqual(Math.abs(o.adjustments[i]!.amount));
          expect(a.amount * o.adjustments[i]!.amount).toBeGreaterThanOrEqual(0);
        });
        expect(smaller.total).toBe(orderTotal({ ...o, ...smaller }));
        expect(goodsValue(smaller.lines)).toBeLessThanOrEqual(goodsValue(o.lines));
      }),
    );
  });
});

describe('the refunds of returns', () => {
  type Parcels = readonly { lines: LineQuantity[] }[];
  /** The refund of each return, in the order of receipt: the amount due by then minus the earlier refunds. */
  const refundAll = (o: Placed, returns: Parcels, paid = orderTotal(o), delivered = piecesOf([o])): number[] => {
    const refunds: number[] = [];
    returns.forEach((_, n) => {
      const due = dueForReceived(o, delivered, piecesOf(returns.slice(0, n + 1)), paid);
      refunds.push(due - sum(refunds));
    });
    return refunds;
  };

  it('are the lines with their part of the adjustments; the last piece adds the fee', () => {
    const o = {
      lines: [{ sku: 'a', quantity: 3, unitPrice: 1000 }],
      shippingFee: 490,
      adjustments: [discount(-100)],
    };
    const one = { lines: [{ sku: 'a', quantity: 1 }] };
    // Each is 1000 - 33; the last one is all that is left.
    expect(refundAll(o, [one, one, one])).toEqual([967, 967, 3390 - 2 * 967]);
  });

  it('are rounded as one sum, so that many small returns refund no more than one large return', () => {
    const o = { lines: [{ sku: 'a', quantity: 20, unitPrice: 5 }], shippingFee: 0, adjustments: [discount(-55)] };
    const one = { lines: [{ sku: 'a', quantity: 1 }] };
    const refunds = refundAll(o, Array<typeof one>(20).fill(one));
    expect(refunds.slice(0, 4)).toEqual([3, 2, 2, 2]);
    expect(sum(refunds.slice(0, 19))).toBe(95 - 52);
    expect(sum(refunds)).toBe(45);
  });

  it('go by quantity where the goods are worth nothing', () => {
    const o = { lines: [{ sku: 'gift', quantity: 3, unitPrice: 0 }], shippingFee: 0, adjustments: [discount(10)] };
    const one = { lines: [{ sku: 'gift', quantity: 1 }] };
    expect(refundAll(o, [one, one, one])).toEqual([3, 3, 4]);
  });

  it('of everything that was delivered add up to its whole price, however the pieces are split', () => {
    fc.assert(
      fc.property(parcelled, ({ o, parcels }) => {
        expect(sum(refundAll(o, parcels))).toBe(orderTotal(o));
        // The first parcel is lost, and its share is refunded.
        const paid = orderTotal(o) - parcelShares(o, parcels)[0]!;
        const arrived = parcels.slice(1);
        if (arrived.length > 0) expect(sum(refundAll(o, arrived, paid, piecesOf(arrived)))).toBe(paid);
      }),
    );
  });

  it('add up to the same sum, whatever the order of the pieces', () => {
    const shuffled = parcelled.chain(({ o, parcels }) =>
      fc.record({
        o: fc.constant(o),
        back: fc.shuffledSubarray(parcels),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ o, back }) => {
        const other = [...back].reverse();
        expect(sum(refundAll(o, back))).toBe(sum(refundAll(o, other)));
        // The grouping of the pieces does not matter either.
        expect(sum(refundAll(o, back))).toBe(dueForReceived(o, piecesOf([o]), piecesOf(back), orderTotal(o)));
      }),
    );
  });

  it('never exceed what was paid, and are never negative', () => {
    fc.assert(
      fc.property(parcelled, part, ({ o, parcels }, share) => {
        const paid = Math.floor(orderTotal(o) * share);
        const refunds = refundAll(o, parcels, paid);
        for (const refund of refunds) expect(refund).toBeGreaterThanOrEqual(0);
        expect(sum(refunds)).toBe(paid);
      }),
    );
  });
});
