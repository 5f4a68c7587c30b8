/** A duration as the SDK writes it, in ms. Without one there is no limit. */
export function durationMs(duration: unknown): number {
  if (duration === undefined || duration === null) return Infinity;
  const { seconds = 0, nanos = 0 } = duration as { seconds?: number | { toNumber: () => number }; nanos?: number };
  return (typeof seconds === 'number' ? seconds : seconds.toNumber()) * 1000 + nanos / 1e6;
}
