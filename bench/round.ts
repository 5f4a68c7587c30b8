import pMap from 'p-map';
import { measuredParts, type MeasuredPart } from './checkout.js';
import { canReadProcesses, cpuMsOf } from './processes.js';
import { quantile } from './statistics.js';
import type { Variant } from './variants/variant.js';

/** What one round of one variant showed. Times are in milliseconds. */
export interface Round {
  ordersPerSecond: number;
  confirmedP50?: number;
  confirmedP95?: number;
  completedP50: number;
  completedP95: number;
  /** CPU time an order, of each part and in all. Undefined where the machine does not tell. */
  cpuMs?: Record<MeasuredPart | 'all', number>;
}

/** Lives a number of orders, so many at a time: as soon as one ends, the next is placed. */
export async function runRound(variant: Variant, orders: number, inFlight: number): Promise<Round> {
  const before = cpuOf(variant);
  const start = performance.now();
  const lived = await pMap(Array.from({ length: orders }), () => variant.live(), { concurrency: inFlight });
  const seconds = (performance.now() - start) / 1000;
  const after = cpuOf(variant);
  const confirmed = lived.flatMap(({ confirmedMs }) => confirmedMs ?? []);
  const completed = lived.map(({ completedMs }) => completedMs);
  return {
    ordersPerSecond: orders / seconds,
    ...(confirmed.length > 0 && {
      confirmedP50: quantile(confirmed, 0.5)!,
      confirmedP95: quantile(confirmed, 0.95)!,
    }),
    completedP50: quantile(completed, 0.5)!,
    completedP95: quantile(completed, 0.95)!,
    ...(before && after && { cpuMs: perOrder(before, after, orders) }),
  };
}

type CpuMs = Record<MeasuredPart, number>;

function cpuOf(variant: Variant): CpuMs | undefined {
  if (!canReadProcesses) return undefined;
  return Object.fromEntries(measuredParts.map((part) => [part, cpuMsOf(variant.pids(part))])) as CpuMs;
}

function perOrder(before: CpuMs, after: CpuMs, orders: number): Record<MeasuredPart | 'all', number> {
  const parts = Object.fromEntries(measuredParts.map((part) => [part, (after[part] - before[part]) / orders])) as CpuMs;
  return { ...parts, all: measuredParts.reduce((sum, part) => sum + parts[part], 0) };
}
