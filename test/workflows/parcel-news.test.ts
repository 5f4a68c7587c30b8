import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ShipmentView } from '../../contracts/order.js';
import { Mailbox } from '../../workflows/engine/mailbox.js';
import { events } from '../../workflows/events.js';
import type { EventType, News } from '../../workflows/events.js';
import { shipmentNews } from '../../workflows/order/shipment-news.js';
import { everythingMoved } from '../engine/toy-world.js';
import { WalkedOrder } from './walked-order.js';

interface Told extends News {
  type: EventType;
}
/** One event, and whether it comes before the order begins. */
interface Sent {
  event: Told;
  early: boolean;
}

const parcel = 'ord_1-east';

/** Shows the parcel after all of these events have come, in this sequence. */
async function shown(sent: readonly Sent[]): Promise<ShipmentView> {
  const order = new WalkedOrder();
  const send = async ({ event: { type, ...news } }: Sent) => order.news(type, news);
  for (const one of sent.filter((s) => s.early)) await send(one);
  await order.begin();
  for (const one of sent.filter((s) => !s.early)) await send(one);
  const { status, dispatchedAt, deliveredAt, trackingNumber, carrier, signedBy } = order.order.parcel(parcel);
  return { status, dispatchedAt, deliveredAt, trackingNumber, carrier, signedBy } as ShipmentView;
}

let count = 0;
const told = (type: EventType, hour: number, data: News['data'] = {}): Sent => ({
  event: { type, id: `${(count += 1)}`, timestamp: `2020-01-02T${String(hour).padStart(2, '0')}:00:00.000Z`, data },
  early: false,
});

describe('news of a dispatch while the carrier is asked to cancel the booking', () => {
  it('overrides an answer that the booking is cancelled', async () => {
    let answer!: () => void;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    const walked = new WalkedOrder({}, (operation) => (operation === 'shipping.cancel' ? asked : undefined));
    await walked.begin();
    walked.run.stop({ code: 'cancelled_by_customer', message: 'Cancelled.', step: 'bookParcel' });
    await everythingMoved();
    const { type, ...news } = told('shipment.dispatched', 8, { trackingNumber: 'T' }).event;
    await walked.news(type, news);
    expect(walked.order.parcel(parcel).status).toBe('booked');
    answer();
    await everythingMoved();
    expect(walked.services.carrier.bookings.get(parcel)).toBe('cancelled');
    expect(walked.order.parcel(parcel)).toMatchObject({
      status: 'dispatched',
      dispatchedAt: '2020-01-02T08:00:00.000Z',
      trackingNumber: 'T',
    });
    expect(walked.run.stopping).toBeUndefined();
    expect(walked.services.payment).toMatchObject({ authorized: 0, captured: 2990 });
    expect(walked.services.inventory.held('committed')).toBe(2);
  });
});

describe('what the carrier tells of a parcel', () => {
  it('a dispatch that comes after the delivery still appears', async () => {
    const view = await shown([
      told('shipment.delivered', 10),
      told('shipment.dispatched', 8, { trackingNumber: 'T-1', carrier: 'Post' }),
    ]);
    expect(view).toMatchObject({
      status: 'delivered',
      dispatchedAt: '2020-01-02T08:00:00.000Z',
      deliveredAt: '2020-01-02T10:00:00.000Z',
      trackingNumber: 'T-1',
      carrier: 'Post',
    });
  });

  it('a tracking number that the first news of the dispatch did not have', async () => {
    const view = await shown([told('shipment.dispatched', 8), told('shipment.dispatched', 8, { trackingNumber: 'T' })]);
    expect(view).toMatchObject({ status: 'dispatched', trackingNumber: 'T' });
  });

  it('of two values, the one with the later timestamp is shown, whichever came first', async () => {
    const sent = [
      told('shipment.dispatched', 9, { trackingNumber: 'new', carrier: 'B' }),
      told('shipment.dispatched', 8, { trackingNumber: 'old', carrier: 'A' }),
    ];
    const corrected = { trackingNumber: 'new', carrier: 'B', dispatchedAt: '2020-01-02T08:00:00.000Z' };
    expect(await shown(sent)).toMatchObject(corrected);
    expect(await shown(sent.toReversed())).toMatchObject(corrected);
  });

  it('news that comes after everybody has signed', async () => {
    const view = await shown([
      told('shipment.delivered', 10, { signedBy: 'A' }),
      told('shipment.delivered', 11, { signedBy: 'B' }),
      told('shipment.dispatched', 7, { trackingNumber: 'T' }),
    ]);
    expect(view).toMatchObject({ status: 'delivered', signedBy: 'B', dispatchedAt: '2020-01-02T07:00:00.000Z' });
  });

  it('of reports that contradict each other, the first one counts, whenever the order acts on it', async () => {
    const named = { shipmentId: parcel };
    const reports = [told('shipment.returned', 9, named), told('shipment.delivered', 8, { ...named, signedBy: 'A' })];
    const early = reports.map((report) => ({ ...report, early: true }));
    for (const sent of [reports, early]) {
      const { status, deliveredAt } = await shown(sent);
      expect({ status, deliveredAt }).toEqual({ status: 'returned', deliveredAt: undefined });
      expect(await shown(sent.toReversed())).toMatchObject({ status: 'delivered', signedBy: 'A' });
    }
  });

  it('in a run that began before that, a delivery counts most', () => {
    const box = new Mailbox();
    for (const type of ['shipment.lost', 'shipment.delivered'] as const) {
      const { type: _type, ...content } = told(type, 8).event;
      box.put(events[type], { id: content.id, content, subject: parcel });
    }
    expect(shipmentNews(box, { id: parcel }).arrival(() => false)).toBe('delivered');
    expect(shipmentNews(box, { id: parcel }).arrival(() => true)).toBe('lost');
  });

  const oneOf = (...values: string[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
  const journeys = fc.constantFrom('delivered', 'lost', 'returned').chain((end) =>
    fc.array(
      fc
        .record({
          type: fc.constantFrom('shipment.dispatched', `shipment.${end}`),
          hour: fc.integer({ min: 8, max: 11 }),
          trackingNumber: oneOf('T-1', 'T-2'),
          carrier: oneOf('Post', 'Bike'),
          signedBy: oneOf('Ada', 'Ben'),
          // An event without a shipment id does not apply to a lost or returned parcel, so those events name it.
          shipmentId: end === 'delivered' ? oneOf(parcel) : fc.constant(parcel),
          early: fc.boolean(),
        })
        .map(({ type, hour, early, ...data }): Sent => {
          const given = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
          return { ...told(type, hour, given), early };
        }),
      { minLength: 2, maxLength: 6 },
    ),
  );

  // 8 of 10 samples have events of both types. Nearly all have two different values of one fact.
  it('is the same in any sequence, and whenever the order begins', async () => {
    await fc.assert(
      fc.asyncProperty(
        journeys.chain((sent) =>
          fc.tuple(
            fc.constant(sent),
            fc.shuffledSubarray(sent, { minLength: sent.length }),
            fc.array(fc.boolean(), { minLength: sent.length, maxLength: sent.length }),
          ),
        ),
        async ([sent, shuffled, early]) => {
          const otherwise = shuffled.map((one, i) => ({ ...one, early: early[i]! }));
          expect(await shown(otherwise)).toEqual(await shown(sent));
        },
      ),
      { numRuns: 300 },
    );
  });
});
