import type { RawCommand } from './observer.js';

type RawPayload = NonNullable<NonNullable<RawCommand['scheduleActivity']>['arguments']>[number];
type RawDuration = NonNullable<RawCommand['startTimer']>['startToFireTimeout'];

/** A 64-bit number has lost its class on its way out of the workflow's thread. */
export function millisecondsOf(duration: RawDuration): number | undefined {
  if (!duration) return undefined;
  const seconds = duration.seconds as { low: number; high: number } | number | null | undefined;
  const whole = typeof seconds === 'object' && seconds ? seconds.high * 2 ** 32 + (seconds.low >>> 0) : (seconds ?? 0);
  return whole * 1000 + (duration.nanos ?? 0) / 1e6;
}

const text = new TextDecoder();

/** One value as it is, several as a list. */
export function valuesOf(payloads: RawPayload[] | null | undefined): unknown {
  const values = (payloads ?? []).map(valueOfRaw);
  return values.length > 1 ? values : values[0];
}

export function mapOf(fields: Record<string, RawPayload> | null | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([name, payload]) => [name, valueOfRaw(payload)]));
}

export function valueOfRaw(payload: RawPayload | null | undefined): unknown {
  if (!payload?.data || text.decode(payload.metadata?.encoding ?? undefined) !== 'json/plain') return undefined;
  return JSON.parse(text.decode(payload.data));
}
