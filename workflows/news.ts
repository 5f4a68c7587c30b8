import type { OutsideEvent } from './messages.js';
import type { Mailbox, Message } from './process/definition.js';

type Event = OutsideEvent;
/** What of a parcel its news depends on. */
export interface NewsOf {
  id: string;
  /** It stands in for a lost one: news of all parcels from before it existed are not about it. */
  replaces?: string;
}

/**
 * What has been heard of a parcel, whatever the order it came in: each event is also taken as what it implies, so a delivery
 * without its dispatch is a dispatch too.
 */
export function shipmentNews(mailbox: Mailbox, parcel: NewsOf) {
  const heard = (type: Event['type'], test?: (event: Event) => boolean): Event | undefined => {
    const wanted = test && ((m: Message<Event>) => test(m.content));
    const own = mailbox.peek<Event>(type, parcel.id, wanted);
    const ofAll = parcel.replaces === undefined ? mailbox.peek<Event>(type, undefined, wanted) : undefined;
    return (own ?? ofAll)?.content;
  };
  return {
    dispatch: (): Event | undefined =>
      heard('shipment.dispatched') ??
      heard('shipment.delivered') ??
      heard('shipment.returned') ??
      heard('shipment.lost'),
    /** How the parcel's way ended; in doubt it is where somebody saw it last, so a delivery outweighs the rest. */
    arrival: (): { outcome: 'delivered' | 'returned' | 'lost'; event: Event } | undefined => {
      for (const outcome of ['delivered', 'returned', 'lost'] as const) {
        const event = heard(`shipment.${outcome}`);
        if (event) return { outcome, event };
      }
      return undefined;
    },
    signature: (): string | undefined =>
      heard('shipment.delivered', (e) => e.data.signedBy !== undefined)?.data.signedBy,
  };
}
