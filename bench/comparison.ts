import { measuredParts, type Checkout } from './checkout.js';
import type { Measurement } from './measurement.js';
import type { Kind, Options } from './options.js';
import { memoryOf } from './processes.js';
import { figure, type Table } from './report/table.js';
import { runRound, type Round } from './round.js';
import { say } from './progress.js';
import { summarize } from './statistics.js';
import { Baseline } from './variants/baseline.js';
import type { Parcels } from './variants/shop.js';
import { systemVariant } from './variants/system.js';
import type { Variant } from './variants/variant.js';

/** V8 compiles what runs often: a read of the order book took 0.57 ms of CPU at first, and 0.21 ms after some thousand. */
const warmUp = 600;

/** All rounds of one variant with so many orders in flight. */
interface Series {
  variant: string;
  inFlight: number;
  orders: number;
  rounds: Round[];
}

export interface Comparison {
  series: Series[];
  /** The most memory that the worker of each variant has had, in MiB. Variants of one checkout share a worker. */
  peakMemory: Record<string, number>;
}

/** The ways to process an order, side by side. */
export const compare: Measurement<Comparison> = async (session, options) => {
  const checkouts = await session.startCheckouts();
  const needed = options.only.includes('saga') || options.only.includes('empty');
  const baseline = needed ? await Baseline.start(session, checkouts[0]!) : undefined;
  const variants = await variantsOf(checkouts, baseline, options.only);
  try {
    const series = await measureAll(variants, options);
    const peakMemory = Object.fromEntries(
      variants.flatMap(({ name, pids }) => {
        const peak = memoryOf(pids('worker')[0]!)?.peak;
        return peak === undefined ? [] : [[name, peak]];
      }),
    );
    const figures = { series, peakMemory };
    return { figures, tables: [timesOf(figures), cpuOf(figures)] };
  } finally {
    await Promise.all([...variants.map((variant) => variant.close()), baseline?.close()]);
  }
};

async function variantsOf(checkouts: readonly Checkout[], baseline: Baseline | undefined, only: readonly Kind[]) {
  const parcels: Parcels[] = only.includes('two-parcels') ? [1, 2] : [1];
  const variants: Variant[] = [];
  for (const each of parcels) {
    if (only.includes('system')) {
      for (const checkout of checkouts) variants.push(await systemVariant(checkout, each));
    }
    if (only.includes('saga')) variants.push(baseline!.saga(each));
  }
  if (only.includes('empty')) variants.push(baseline!.empty());
  return variants;
}

/** Every round measures all variants in turn, and each round begins with another one, so that changes of the machine meet all alike. */
async function measureAll(variants: readonly Variant[], options: Options): Promise<Series[]> {
  for (const variant of variants) {
    say(`warming ${variant.name}`);
    await runRound(variant, Math.min(options.orders * 5, warmUp), 20);
  }
  const all: Series[] = [];
  for (const inFlight of options.inFlight) {
    const orders = ordersFor(options.orders, inFlight);
    const series = variants.map(({ name }): Series => ({ variant: name, inFlight, orders, rounds: [] }));
    all.push(...series);
    for (let round = 0; round < options.rounds; round += 1) {
      for (let i = 0; i < variants.length; i += 1) {
        const at = (round + i) % variants.length;
        const result = await runRound(variants[at]!, orders, inFlight);
        series[at]!.rounds.push(result);
        say(
          `${inFlight} in flight, round ${round + 1} of ${options.rounds}, ${variants[at]!.name}: ` +
            `${result.ordersPerSecond.toFixed(1)} orders/s, ${figure(result.cpuMs?.all) || '?'} CPU-ms an order`,
        );
      }
    }
  }
  return all;
}

/** One at a time shows its times with fewer orders. With many in flight, the beginning and the end, when fewer are, must not count for much. */
function ordersFor(orders: number, inFlight: number): number {
  return inFlight === 1 ? Math.ceil(orders / 4) : Math.max(orders, 2 * inFlight);
}

/** The median of all rounds, with the lowest and the highest. */
function spread(series: Series, of: (round: Round) => number | undefined, digits: number): string {
  const found = summarize(series.rounds.map(of));
  if (!found) return '';
  const [median, ...ends] = [found.median, found.lowest, found.highest].map((value) => figure(value, digits));
  return series.rounds.length === 1 ? median! : `${median} (${ends.join('-')})`;
}

function timesOf({ series }: Comparison): Table {
  return {
    title: 'Orders a second, and how long an order takes',
    note: 'Times in milliseconds. Medians of the rounds, with the lowest and the highest.',
    columns: ['variant', 'in flight', 'orders/s', 'confirmed p50', 'p95', 'completed p50', 'p95'],
    rows: series.map((each) => [
      each.variant,
      String(each.inFlight),
      spread(each, (round) => round.ordersPerSecond, 1),
      spread(each, (round) => round.confirmedP50, 0),
      spread(each, (round) => round.confirmedP95, 0),
      spread(each, (round) => round.completedP50, 0),
      spread(each, (round) => round.completedP95, 0),
    ]),
  };
}

function cpuOf({ series, peakMemory }: Comparison): Table {
  return {
    title: 'CPU-ms an order',
    note: 'CPU time of each part for one order, read from its processes, and the most memory that the worker had in the whole run.',
    columns: ['variant', 'in flight', ...measuredParts, 'in all', 'worker MiB'],
    rows: series.map((each) => [
      each.variant,
      String(each.inFlight),
      ...measuredParts.map((part) => spread(each, (round) => round.cpuMs?.[part], 1)),
      spread(each, (round) => round.cpuMs?.all, 1),
      figure(peakMemory[each.variant]),
    ]),
  };
}
