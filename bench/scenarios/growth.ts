import type { Measurement } from '../measurement.js';
import { figure, type Table } from '../report/table.js';
import { runRound, type Round } from '../round.js';
import { say } from '../progress.js';
import { systemVariant } from '../variants/system.js';
import type { Variant } from '../variants/variant.js';

export interface Growth {
  checkout: string;
  /** A round for each thousand orders (or each tenth of a smaller number), with the number of orders at its end. */
  rounds: ({ orders: number } & Round)[];
}

const inFlight = 50;

/** Measures the cost of an order while the number of orders in all databases grows. */
export const measureGrowth: Measurement<Growth[]> = async (session, options) => {
  const checkouts = await session.startCheckouts();
  const variants = await Promise.all(checkouts.map((checkout) => systemVariant(checkout, 1)));
  try {
    const figures = await grow(variants, options.growTo);
    return { figures, tables: figures.map(tableOf) };
  } finally {
    await Promise.all(variants.map((variant) => variant.close()));
  }
};

async function grow(variants: readonly Variant[], orders: number): Promise<Growth[]> {
  const step = Math.min(1000, Math.ceil(orders / 10));
  const growths = variants.map(({ name }): Growth => ({ checkout: name, rounds: [] }));
  for (let done = step; done <= orders; done += step) {
    for (const [i, variant] of variants.entries()) {
      const round = await runRound(variant, step, inFlight);
      growths[i]!.rounds.push({ orders: done, ...round });
      say(`${variant.name}: ${done} orders, ${figure(round.cpuMs?.all) || '?'} CPU-ms an order`);
    }
  }
  return growths;
}

function tableOf({ checkout, rounds }: Growth): Table {
  return {
    title: `The cost of an order while orders pile up: ${checkout}`,
    note: `${inFlight} orders in flight. Times in milliseconds until completed.`,
    columns: ['orders so far', 'orders/s', 'p50', 'p95', 'CPU-ms an order'],
    rows: rounds.map(({ orders, ordersPerSecond, completedP50, completedP95, cpuMs }) => [
      String(orders),
      figure(ordersPerSecond, 1),
      figure(completedP50),
      figure(completedP95),
      figure(cpuMs?.all, 1),
    ]),
  };
}
