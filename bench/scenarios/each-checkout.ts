import type { Checkout } from '../checkout.js';
import type { Measurement } from '../measurement.js';
import type { Options } from '../options.js';
import type { Table } from '../report/table.js';

/** Measures each checkout, one after the other, and shows them all in one table. */
export function measureEach<Figures>(
  measure: (checkout: Checkout, options: Options) => Promise<Figures>,
  tableOf: (figures: Figures[], options: Options) => Table,
): Measurement<Figures[]> {
  return async (session, options) => {
    const figures: Figures[] = [];
    for (const checkout of await session.startCheckouts()) figures.push(await measure(checkout, options));
    return { figures, tables: [tableOf(figures, options)] };
  };
}
