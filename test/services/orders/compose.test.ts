import { describe, expect, it } from 'vitest';
import { compose } from '../../../services/orders/compose.js';
import { deliveredView, orderView, returnView } from './views.js';

const returnsAt = Date.parse('2026-02-01T00:00:00.000Z');

describe('the combined view of an order and its returns', () => {
  it('is the view of the run with a revision, while there are no returns', () => {
    const view = orderView();
    expect(compose({ view, returns: [], returnsAt: null, revision: 7 })).toEqual({ ...view, revision: 7 });
  });

  it('adds the refunds of the returns to those of the run', () => {
    const view = deliveredView({
      payment: { method: 'card', status: 'captured', authorized: 0, captured: 2990, refunded: 100, attempts: [] },
    });
    const returns = [returnView({ refunded: 200 }), returnView({ id: 'ret_2', refunded: 50 })];
    const composed = compose({ view, returns, returnsAt, revision: 1 });
    expect(composed.payment).toMatchObject({ status: 'partially_refunded', captured: 2990, refunded: 350 });
    expect(composed.returns).toEqual(returns);
    expect(composed.updatedAt).toBe('2026-02-01T00:00:00.000Z');
  });

  it('shows the payment as refunded when all captured money was refunded, by the run or by returns', () => {
    const view = deliveredView({
      payment: {
        method: 'card',
        status: 'partially_refunded',
        authorized: 0,
        captured: 2990,
        refunded: 2000,
        attempts: [],
      },
    });
    const composed = compose({ view, returns: [returnView({ refunded: 990 })], returnsAt, revision: 1 });
    expect(composed.payment).toMatchObject({ status: 'refunded', refunded: 2990 });
  });

  it('does not change the payment until a return is refunded', () => {
    const composed = compose({ view: deliveredView(), returns: [returnView()], returnsAt, revision: 1 });
    expect(composed.payment).toEqual(deliveredView().payment);
  });

  it.each([
    ['half of it is asked back', [returnView()], ['return']],
    ['all of it is asked back', [returnView(), returnView({ id: 'ret_2' })], []],
    [
      'all of it was asked back and a part refused',
      [returnView(), returnView({ id: 'ret_2', status: 'rejected' })],
      ['return'],
    ],
  ] as const)('offers a return when %s', (_case, returns, possible) => {
    expect(compose({ view: deliveredView(), returns: [...returns], returnsAt, revision: 1 }).possible).toEqual(
      possible,
    );
  });

  it.each([
    ['open', 999, ['return']],
    ['over', 1_000, []],
  ] as const)('offers a return or not when its window is %s', (_case, now, possible) => {
    const view = deliveredView({ returnableUntil: new Date(1_000).toISOString() });
    expect(compose({ view, returns: [], returnsAt: null, revision: 1 }, now).possible).toEqual(possible);
    expect(compose({ view, returns: [returnView()], returnsAt, revision: 1 }, now).possible).toEqual(possible);
  });

  it('does not go back in time when the run wrote last', () => {
    const view = deliveredView({ updatedAt: '2026-03-01T00:00:00.000Z' });
    expect(compose({ view, returns: [returnView()], returnsAt, revision: 1 }).updatedAt).toBe(view.updatedAt);
  });
});
