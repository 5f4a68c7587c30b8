import { z } from 'zod';
import type { History, Payload } from '@temporalio/common/lib/proto-utils.js';
import { sum } from '../../../contracts/values.schema.js';

type Event = NonNullable<History['events']>[number];
type Decode = (payload: Payload | undefined) => Promise<unknown>;

/** The money of an order after a call of the payment service: the events with a balance are its ledger. */
export const balance = z.strictObject({
  /** The amount on hold. */
  authorized: sum,
  captured: sum,
  refunded: sum,
});
export type LedgerBalance = z.infer<typeof balance>;

/** The calls that answer with the balance; runs keep only sums that are not 0. */
const moving = /^payment\.(authorize|record|void|reduce|capture|refund|settle)$/;
const kept = z.looseObject({ authorized: sum.default(0), captured: sum.default(0), refunded: sum.default(0) });

/** @returns the balance that the event records; undefined for every other event. */
export async function balanceOf(event: Event, history: History, decode: Decode): Promise<LedgerBalance | undefined> {
  const { markerRecordedEventAttributes: marker, activityTaskCompletedEventAttributes: completed } = event;
  if (marker) {
    const about = (await decode(marker.details?.data?.payloads?.[0])) as { activity_type?: string } | undefined;
    return toBalance(about?.activity_type, await decode(marker.details?.result?.payloads?.[0]));
  }
  if (!completed) return undefined;
  const scheduled = history.events?.[Number(completed.scheduledEventId) - 1]?.activityTaskScheduledEventAttributes;
  const result = (await decode(completed.result?.payloads?.[0])) as { answer?: unknown } | undefined;
  return toBalance(scheduled?.activityType?.name ?? undefined, result?.answer);
}

function toBalance(type: string | undefined, answer: unknown): LedgerBalance | undefined {
  if (type === undefined || !moving.test(type)) return undefined;
  const { data } = kept.safeParse(answer);
  return data && { authorized: data.authorized, captured: data.captured, refunded: data.refunded };
}
