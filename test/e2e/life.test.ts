import { describe, expect, it } from 'vitest';
import type { PlaceOrder } from '../../contracts/order.js';
import type { Shop } from './support/shop.js';
import { stepOf, type ShopOrder } from './support/shop-order.js';
import { wholeSystem } from './support/system.js';

let shop: Shop;
wholeSystem({ RETURN_REVIEW_LIMIT: '3000' }, (opened) => (shop = opened));

const card = (token: string): PlaceOrder['payment'] => ({ method: 'card', token });
const later: PlaceOrder['payment'] = { method: 'later' };
const line = (sku: string, quantity = 1, unitPrice = 1250) => ({ sku, quantity, unitPrice });

describe.concurrent('people decide', { timeout: 120_000 }, () => {
  it('the available pieces are shipped and charged when the customer accepts them', async () => {
    const [rare, tee] = [await shop.product({ east: 1 }), await shop.product({ east: 5 })];
    const order = await shop.place({
      lines: [line(rare, 2, 1000), line(tee, 1, 1000)],
      adjustments: [{ kind: 'discount', label: 'Autumn', amount: -300 }],
      email: 'ada@example.com',
    });
    const short = await order.is('awaiting_customer');
    expect(short.lines.map(({ quantity, reserved }) => [quantity, reserved])).toEqual([
      [2, 1],
      [1, 1],
    ]);
    expect(short.total).toBe(3190);
    expect(short.possible).toEqual(expect.arrayContaining(['decision', 'cancel']));
    const decided = await order.tell('decision', { decision: 'accept_partial' });
    // Two of three pieces of the same price remain: the discount shrinks in proportion, the fee stays whole.
    expect([decided.status, decided.body.total]).toEqual([200, 2290]);
    await order.is('confirmed');
    expect(await order.books()).toMatchObject({ authorized: 2290, held: 2 });
    expect(await order.deliver()).toMatchObject({ payment: { captured: 2290 }, total: 2290 });
    expect((await order.told()).sort()).toEqual(['completed', 'confirmed', 'decision_needed', 'shipped']);
  });

  it('a short order that the customer declines releases everything', async () => {
    const rare = await shop.product({ east: 1 });
    const order = await shop.place({ lines: [line(rare, 2)] });
    await order.is('awaiting_customer');
    // Two decisions come at the same moment: one counts, the other is refused.
    const answers = await Promise.all([
      order.tell('decision', { decision: 'cancel' }),
      order.tell('decision', { decision: 'cancel' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await order.ended('cancelled')).toMatchObject({ failure: { code: 'cancelled_by_customer' } });
    expect(await order.books()).toMatchObject({ authorized: 0, held: 0, bookings: [] });
    expect(await shop.available(rare)).toEqual({ east: 1 });
  });

  it('a flagged order goes on only when an operator approves it', async () => {
    const order = await shop.place({ payment: card('tok_review') });
    await order.is('awaiting_review');
    expect(await order.tell('review', { decision: 'approve' })).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
    const early = await order.tell('payment', card('tok_ok'));
    expect(early).toMatchObject({ status: 409, body: { code: 'wrong_status', orderStatus: 'awaiting_review' } });
    expect(early.body.possible).toContain('review');
    expect((await order.books()).authorizations).toBe(0);
    const answers = await Promise.all([
      order.tell('review', { decision: 'approve', note: 'known customer' }, 'operator'),
      order.tell('review', { decision: 'reject' }, 'operator'),
    ]);
    const won = answers.findIndex(({ status }) => status === 200);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(answers[1 - won]!.body.code).toMatch(/^(wrong_status|order_ended)$/);
    if (won === 0) expect(await order.deliver()).toMatchObject({ payment: { captured: 2990 } });
    else expect(await order.ended('failed')).toMatchObject({ failure: { code: 'fraud_rejected' } });
  });

  it('a flagged order ends when an operator rejects it', async () => {
    const sku = await shop.product({ east: 5 });
    const order = await shop.place({ payment: card('tok_review'), lines: [line(sku)] });
    await order.is('awaiting_review');
    expect((await order.tell('review', { decision: 'reject' }, 'operator')).status).toBe(200);
    expect(await order.ended('failed')).toMatchObject({ failure: { code: 'fraud_rejected', step: 'review' } });
    expect(await order.books()).toMatchObject({ authorized: 0, authorizations: 0, held: 0 });
    expect(await shop.available(sku)).toEqual({ east: 5 });
  });

  it('an order can be reduced and sent to another address until it is confirmed', async () => {
    const [mug, tee] = [await shop.product({ east: 9 }), await shop.product({ east: 9 })];
    const order = await shop.place({ payment: later, lines: [line(mug, 5, 1000), line(tee, 2, 500)] });
    await order.is('awaiting_payment');
    const refused = await order.amend({ lines: [{ sku: mug, quantity: 6 }] });
    expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    const shippingAddress = { name: 'Ada', line1: '2 Side St', city: 'Hamburg', postalCode: '20095', country: 'DE' };
    const smaller = await order.amend({ shippingAddress, lines: [{ sku: mug, quantity: 1 }] });
    expect(smaller).toMatchObject({ status: 200, body: { total: 2490, shippingAddress: { city: 'Hamburg' } } });
    expect(await order.read()).toMatchObject({ total: 2490, shippingAddress: { city: 'Hamburg' } });
    expect(await order.tell('payment', card('tok_ok'))).toMatchObject({ status: 200 });
    await order.parcels('booked');
    expect(await order.books()).toMatchObject({ authorized: 2490, held: 3 });
    expect(await shop.available(mug)).toEqual({ east: 8 });
    const late = await order.amend({ shippingAddress });
    expect(late).toMatchObject({ status: 409, body: { code: 'wrong_status', orderStatus: 'confirmed' } });
  });

  it('a delivery without a signature waits for the receipt', async () => {
    const order = await shop.place();
    await order.parcels('booked');
    expect(await order.tell('receipt')).toMatchObject({ status: 409, body: { code: 'wrong_status' } });
    // `delivered` without an earlier `dispatched` implies it.
    await order.hear('shipment.delivered');
    expect(await order.is('delivered')).toMatchObject({ shipments: [{ status: 'delivered' }] });
    expect((await order.tell('receipt')).status).toBe(200);
    expect(await order.ended('completed')).toMatchObject({ payment: { captured: 2990 } });
    expect(await order.hear('shipment.delivered')).toBe(false);
  });
});

describe.concurrent('parcels that do not arrive', { timeout: 120_000 }, () => {
  async function dispatched(order: ShopOrder): Promise<string> {
    await order.parcels('booked');
    await order.hear('shipment.dispatched');
    const view = await order.until(({ payment }) => payment.captured > 0 && payment.authorized === 0);
    return view.shipments[0]!.id;
  }

  it('a lost parcel is sent again if there is stock, and not charged again', async () => {
    const sku = await shop.product({ east: 2, west: 1 });
    const order = await shop.place({ lines: [line(sku, 2)] });
    const shipmentId = await dispatched(order);
    await order.hear('shipment.lost', { shipmentId });
    // East has nothing left and west has too little, so new stock has to come in first.
    const ended = await order.ended('cancelled');
    expect(ended).toMatchObject({ failure: { code: 'lost_in_transit' }, payment: { captured: 2990, refunded: 2990 } });
    expect(await order.books()).toMatchObject({ authorized: 0, captured: 2990, refunded: 2990 });

    await shop.services.inventory.putStock({
      params: { sku },
      body: { warehouses: [{ warehouse: 'west', available: 5 }] },
    });
    const second = await shop.place({ lines: [line(sku, 2)] });
    const lost = await dispatched(second);
    await second.hear('shipment.lost', { shipmentId: lost });
    const again = await second.until(({ shipments }) => shipments.some(({ status }) => status === 'booked'));
    expect(again.shipments.map(({ id, status }) => [id, status])).toEqual([
      [`${second.id}-west`, 'lost'],
      [`${second.id}-west-2`, 'booked'],
    ]);
    await second.hear('shipment.delivered', { signedBy: 'Ada Example' });
    expect(await second.ended('completed')).toMatchObject({ payment: { captured: 2990, refunded: 0 } });
    expect(await second.books()).toMatchObject({ captured: 2990, captures: [2990] });
    expect(await shop.available(sku)).toEqual({ east: 0, west: 1 });
  });

  it('a returned parcel is restocked and refunded; when all parcels return, the order is cancelled', async () => {
    const [east, west] = [await shop.product({ east: 5 }), await shop.product({ west: 5 })];
    const order = await shop.place({ lines: [line(east, 1, 3000), line(west, 1, 1000)], shippingFee: 400 });
    await dispatched(order);
    await order.hear('shipment.returned', { shipmentId: `${order.id}-west`, reason: 'not collected' });
    await order.until(({ payment }) => payment.refunded === 1100);
    expect(await shop.available(west)).toEqual({ west: 5 });
    await order.hear('shipment.returned', { shipmentId: `${order.id}-east` });
    expect(await order.ended('cancelled')).toMatchObject({
      failure: { code: 'returned_to_sender' },
      payment: { status: 'refunded', captured: 4400, refunded: 4400, authorized: 0 },
      shipments: [{ status: 'returned' }, { status: 'returned' }],
    });
    expect(await order.books()).toMatchObject({ authorized: 0, captured: 4400, refunded: 4400, held: 0 });
    expect([await shop.available(east), await shop.available(west)]).toEqual([{ east: 5 }, { west: 5 }]);
  });

  it('when one parcel returns and the other arrives, the order is completed and the returned one refunded', async () => {
    const [east, west] = [await shop.product({ east: 5 }), await shop.product({ west: 5 })];
    const order = await shop.place({ lines: [line(east), line(west)], shippingFee: 0 });
    await dispatched(order);
    await order.hear('shipment.returned', { shipmentId: `${order.id}-west` });
    await order.hear('shipment.delivered', { shipmentId: `${order.id}-east`, signedBy: 'Ada Example' });
    expect(await order.ended('completed')).toMatchObject({
      payment: { status: 'partially_refunded', captured: 2500, refunded: 1250 },
    });
    expect([await shop.available(east), await shop.available(west)]).toEqual([{ east: 4 }, { west: 5 }]);
  });
});

describe.concurrent('returns', { timeout: 120_000 }, () => {
  it('go by line and piece, up to what was delivered; the refunds add up to what was captured', async () => {
    const [mug, tee] = [await shop.product({ east: 5 }), await shop.product({ east: 5 })];
    const order = await shop.place({
      lines: [line(mug, 3, 1000), line(tee, 1, 700)],
      adjustments: [{ kind: 'discount', label: 'Autumn', amount: -100 }],
    });
    expect(await order.tell('returns', { lines: [{ sku: mug, quantity: 1 }], reason: 'early' })).toMatchObject({
      status: 409,
      body: { code: 'wrong_status' },
    });
    await order.deliver();

    const asked = await order.tell('returns', { lines: [{ sku: tee, quantity: 1 }], reason: 'too small' });
    expect(asked).toMatchObject({ status: 200, body: { returns: [{ status: 'approved', reason: 'too small' }] } });
    const [first] = asked.body.returns;
    await order.hear('return.received', { returnId: first!.id });
    // 700 minus its part of the discount: 100 x 700 / 3700, rounded toward zero.
    await order.until(({ returns }) => returns[0]?.status === 'closed' && returns[0].refunded === 682);
    expect(await order.books()).toMatchObject({ captured: 4090, refunded: 682, held: 3 });

    const tooMuch = await order.tell('returns', { lines: [{ sku: mug, quantity: 4 }], reason: 'more than all' });
    expect(tooMuch).toMatchObject({ status: 422, body: { code: 'return_exceeds_delivered' } });
    const strange = await order.tell('returns', { lines: [{ sku: 'vase', quantity: 1 }], reason: 'not of it' });
    expect(strange).toMatchObject({ status: 422, body: { code: 'return_exceeds_delivered' } });
    // Two returns at once that are too much together: one of them is taken.
    const lines = [{ sku: mug, quantity: 2 }];
    const both = await Promise.all([1, 2].map(() => order.tell('returns', { lines, reason: 'cracked' })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 422]);

    const { returns } = await order.read();
    await order.hear('return.received', { returnId: returns[1]!.id });
    await order.until((view) => view.returns[1]?.status === 'closed');
    const last = await order.tell('returns', { lines: [{ sku: mug, quantity: 1 }], reason: 'cracked too' });
    await order.hear('return.received', { returnId: last.body.returns[2]!.id });
    const all = await order.until((view) => view.returns[2]?.status === 'closed');
    expect(all.returns.reduce((sum, { refunded }) => sum + refunded, 0)).toBe(4090);
    expect(all).toMatchObject({ status: 'completed', payment: { status: 'refunded', captured: 4090, refunded: 4090 } });
    expect(await order.books()).toMatchObject({ captured: 4090, refunded: 4090, held: 0 });
    expect([await shop.available(mug), await shop.available(tee)]).toEqual([{ east: 5 }, { east: 5 }]);
  });

  it('above the limit an operator decides', async () => {
    const order = await shop.place({ lines: [line('mug', 4, 1000)] });
    await order.deliver();
    const asked = await order.tell('returns', { lines: [{ sku: 'mug', quantity: 4 }], reason: 'broken' });
    expect(asked).toMatchObject({ status: 200, body: { returns: [{ status: 'requested' }] } });
    const path = `returns/${asked.body.returns[0]!.id}/review`;
    expect((await order.tell(path, { decision: 'reject' })).status).toBe(403);
    const rejected = await order.tell(path, { decision: 'reject', note: 'used' }, 'operator');
    expect(rejected).toMatchObject({ status: 200, body: { returns: [{ status: 'rejected' }] } });
    // Rejected pieces can be requested again.
    const again = await order.tell('returns', { lines: [{ sku: 'mug', quantity: 4 }], reason: 'really' });
    const { id } = again.body.returns.find(({ status }) => status === 'requested')!;
    expect((await order.tell(`returns/${id}/review`, { decision: 'approve' }, 'operator')).status).toBe(200);
    await order.hear('return.received', { returnId: id });
    const view = await order.until(({ returns }) => returns.some(({ status }) => status === 'closed'));
    expect(view.payment).toMatchObject({ status: 'refunded', captured: 4490, refunded: 4490 });
    expect(stepOf(view, 'completeOrder').state).toBe('done');
  });
});
