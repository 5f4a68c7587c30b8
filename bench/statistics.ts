/** A figure that was measured in several rounds. */
export interface Measured {
  median: number;
  lowest: number;
  highest: number;
}

/** @returns undefined if nothing was measured. */
export function summarize(values: readonly (number | undefined)[]): Measured | undefined {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  if (known.length === 0) return undefined;
  return { median: quantile(known, 0.5)!, lowest: known[0]!, highest: known.at(-1)! };
}

/** The value below which this part of the values lies, between two neighbours in proportion. Undefined for no values. */
export function quantile(values: readonly number[], part: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}
