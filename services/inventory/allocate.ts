import type { Line } from './tables.js';

/** The quantity of a sku that is free to sell in a warehouse. */
export interface Level {
  sku: string;
  warehouse: string;
  available: number;
}

export interface Share extends Line {
  warehouse: string;
}

/**
 * Chooses warehouses, in the order of their names. The first one that has the whole order gets all of it. Otherwise each line comes
 * from the first one that has the whole line, or else from every one that has some of it.
 *
 * @returns as much of each line as is in stock, at most its quantity.
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

/** The levels of each sku, sorted by warehouse. */
function bySku(levels: readonly Level[]): Map<string, Level[]> {
  const groups = new Map<string, Level[]>();
  for (const level of levels.toSorted((a, b) => (a.warehouse < b.warehouse ? -1 : 1))) {
    const group = groups.get(level.sku);
    if (group) group.push(level);
    else groups.set(level.sku, [level]);
  }
  return groups;
}

/** The total quantity of each sku. */
export function totals(shares: Iterable<Line>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of shares) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return sums;
}
