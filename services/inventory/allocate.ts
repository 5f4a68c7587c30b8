import type { Line } from './tables.js';

/** What is free to sell of a sku in a warehouse. */
export interface Level {
  sku: string;
  warehouse: string;
  available: number;
}

export interface Share extends Line {
  warehouse: string;
}

/**
 * Chooses warehouses. One that can fill the whole order is taken, the first by name; else each line comes from the first that
 * can fill it whole, else from all that have some, in the order of their names.
 *
 * @returns for each line as much as there is, at most its quantity; nothing for a line that cannot be had at all.
 */
export function allocate(lines: readonly Line[], levels: readonly Level[]): Share[] {
  const stock = bySku(levels);
  const has = ({ sku, quantity }: Line, warehouse: string) =>
    stock.get(sku)?.some((level) => level.warehouse === warehouse && level.available >= quantity) ?? false;
  const whole = [...new Set(levels.map(({ warehouse }) => warehouse))]
    .sort()
    .find((warehouse) => lines.every((line) => has(line, warehouse)));
  if (whole !== undefined) return lines.map((line) => ({ ...line, warehouse: whole }));
  return lines.flatMap((line) => allocateLine(line, stock.get(line.sku) ?? []));
}

function allocateLine({ sku, quantity }: Line, levels: readonly Level[]): Share[] {
  const whole = levels.find(({ available }) => available >= quantity);
  if (whole) return [{ sku, quantity, warehouse: whole.warehouse }];
  const shares: Share[] = [];
  let missing = quantity;
  for (const { warehouse, available } of levels) {
    const taken = Math.min(missing, available);
    if (taken > 0) shares.push({ sku, quantity: taken, warehouse });
    missing -= taken;
  }
  return shares;
}

/** Of each sku its levels, by warehouse name. */
function bySku(levels: readonly Level[]): Map<string, Level[]> {
  const groups = new Map<string, Level[]>();
  for (const level of levels.toSorted((a, b) => (a.warehouse < b.warehouse ? -1 : 1))) {
    const group = groups.get(level.sku);
    if (group) group.push(level);
    else groups.set(level.sku, [level]);
  }
  return groups;
}

/** How much of each sku there is in some shares. */
export function totals(shares: Iterable<Line>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of shares) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return sums;
}
