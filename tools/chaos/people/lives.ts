import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { stockFor } from '../../cli/import/stock.js';
import { readOrderLog } from '../../cli/import/order-log.js';
import { planOrder, type OrderPlan } from '../../cli/import/plan.js';
import type { Http } from '../../cli/http.js';
import { Random } from '../random.js';
import { operatorKey, shopId } from '../system.js';
import type { Way } from './life.js';
import { realWay } from './real.js';
import { waysOf } from './ways.js';

/** An order that will be placed. */
export interface PlannedLife {
  reference: string;
  way: Way;
  /** Of an order of a log: where it must end. */
  plan?: OrderPlan;
}

const few = 'few';

/**
 * The orders of a seed: those of a log, and made-up ones that take every way in turn. The log gives at most half of them.
 *
 * @param log an order log, as text.
 * @param name of its file, for errors.
 */
export function planLives(seed: number, orders: number, log: string, name: string): PlannedLife[] {
  const random = new Random(`lives ${seed}`);
  const real = readOrderLog(log, name)
    .slice(0, Math.floor(orders / 2))
    .map(planOrder)
    .map((plan): PlannedLife => ({ reference: plan.reference, way: realWay(plan), plan }));
  const madeUp: PlannedLife[] = [];
  let round: number[] = [];
  while (madeUp.length < orders - real.length) {
    const number = madeUp.length + 1;
    const ways = waysOf(operatorKey, few, ownSku(number));
    if (round.length === 0) round = random.shuffle(ways.map((_, index) => index));
    madeUp.push({ reference: `chaos-${seed}-${number}`, way: ways[round.pop()!]! });
  }
  return random.shuffle([...real, ...madeUp]);
}

const ownSku = (number: number) => `own-${number}`;

/** Stocks what is not there from the start. */
export async function stockLives(http: Http, lives: readonly PlannedLife[]): Promise<void> {
  await stockFor(
    http,
    shopId,
    lives.flatMap(({ plan }) => plan ?? []),
  );
  const skus = new Set(
    lives.filter(({ plan }) => !plan).flatMap(({ way }) => way.order.lines?.map(({ sku }) => sku) ?? []),
  );
  const wanted = lives.filter(({ way }) => way.order.lines?.some(({ sku }) => sku === few)).length;
  const put = (sku: string, available: number) =>
    http.send('inventory', 'PUT', `/v1/stock/${sku}`, { body: { warehouses: [{ warehouse: 'east', available }] } });
  await put(few, Math.ceil(wanted / 2));
  const own = [...skus].filter((sku) => sku.startsWith('own-'));
  await pMap(own, (sku) => put(sku, 1), { concurrency: 8 });
}

/**
 * Lets the lives begin one after the other over a time, at most so many at once.
 *
 * @param signal ends the waiting for the next ones: all that are left begin at once.
 */
export async function live<T>(
  lives: readonly T[],
  overMs: number,
  atOnce: number,
  signal: AbortSignal,
  one: (life: T) => Promise<void>,
): Promise<void> {
  const begun = performance.now();
  const begin = async (life: T, index: number) => {
    const waitMs = (index / lives.length) * overMs - (performance.now() - begun);
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    await one(life);
  };
  await pMap(lives, begin, { concurrency: atOnce });
}
