import type { ReadMailbox } from '../engine/step-context.js';
import { events } from '../events.js';
import type { News } from '../events.js';

/** The part of a parcel that decides which news is about it. */
export interface NewsOf {
  id: string;
  /** The lost parcel that this one replaces. News of all parcels is older than a replacement, so it is not about it. */
  replaces?: string;
}

/** What the carrier has reported about a parcel so far. */
export interface ParcelFacts {
  /** When it was dispatched. Without news of the dispatch itself: when it was first seen on its way. */
  dispatchedAt?: string;
  deliveredAt?: string;
  trackingNumber?: string;
  carrier?: string;
  signedBy?: string;
}

const types = ['shipment.dispatched', 'shipment.delivered', 'shipment.returned', 'shipment.lost'] as const;

/** How the journey of a parcel ended. */
const arrivals = ['delivered', 'returned', 'lost'] as const;
export type Arrival = (typeof arrivals)[number];

const arrivalTypes = arrivals.map((outcome) => events[`shipment.${outcome}`]);

/**
 * What the mailbox says about a parcel. The order of the events does not matter. An event counts for what it implies, too: a delivery
 * without a dispatch is also a dispatch.
 */
export function shipmentNews(mailbox: ReadMailbox, parcel: NewsOf) {
  const heard = (type: (typeof types)[number]): News[] => {
    const ofAll = parcel.replaces === undefined ? mailbox.all(events[type]) : [];
    return [...mailbox.all(events[type], parcel.id), ...ofAll].map((message) => message.content);
  };
  return {
    isOut: (): boolean => types.some((type) => heard(type).length > 0),
    /**
     * If reports contradict each other, the first one counts: the order acts on it at once. So after a lost workflow task it acts as before,
     * whatever was reported meanwhile. In old runs, a delivery counts most.
     */
    arrival: (countsFirst: () => boolean): Arrival | undefined => {
      const most = arrivals.find((outcome) => heard(`shipment.${outcome}`).length > 0);
      if (most === undefined) return undefined;
      const subjects = parcel.replaces === undefined ? [parcel.id, undefined] : [parcel.id];
      const firstType = mailbox.first(arrivalTypes, subjects);
      const first = arrivals.find((outcome) => firstType === `shipment.${outcome}`);
      return first !== most && countsFirst() ? first : most;
    },
    facts: (): ParcelFacts => {
      const [dispatches, deliveries, ...others] = types.map(heard) as [News[], News[], ...News[][]];
      const all = [...dispatches, ...deliveries, ...others.flat()];
      return {
        ...firstTime('dispatchedAt', dispatches.length > 0 ? dispatches : all),
        ...firstTime('deliveredAt', deliveries),
        ...latest('trackingNumber', all),
        ...latest('carrier', all),
        ...latest('signedBy', deliveries),
      };
    },
  };
}

type Time = 'dispatchedAt' | 'deliveredAt';
type Detail = 'trackingNumber' | 'carrier' | 'signedBy';

function firstTime<Name extends Time>(name: Name, events: readonly News[]): { [N in Name]?: string } {
  const times = events.map((e) => e.timestamp).sort();
  return (times.length === 0 ? {} : { [name]: times[0] }) as { [N in Name]?: string };
}

/** The value of the latest event that has one. */
function latest<Name extends Detail>(name: Name, events: readonly News[]): { [N in Name]?: string } {
  const age = (e: News) => `${e.timestamp} ${e.id}`;
  const known = events.filter((e) => e.data[name] !== undefined).sort((a, b) => (age(a) < age(b) ? -1 : 1));
  return (known.length === 0 ? {} : { [name]: known.at(-1)!.data[name] }) as { [N in Name]?: string };
}
