import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import pMap from 'p-map';
import { loadConfig } from '../../../src/config/index.js';
import { orderIdFor } from '../../../src/temporal/ids.js';
import { CannotRun, exit, type ExitStatus } from '../command.js';
import { readGivenLog, requireFolderOf } from '../given-files.js';
import { httpTo, Unreachable, type Http } from '../http.js';
import { OrderFeed } from '../order-feed.js';
import { showCount } from '../../progress.js';
import { findSystem, keyOf } from '../find-system.js';
import { balanceOf, readPayments, type BalanceSheet } from './balance.js';
import { readOrderLog, separatorOf } from './order-log.js';
import { planOrder, type OrderPlan } from './plan.js';
import { playOrder, type PlayedOrder, type PlayContext } from './play.js';
import { isRight, renderReport, reportOf } from './report.js';
import { readInventory, stockFor, type Inventory } from './stock.js';

/** How long a part of the system may be down before the import gives up. */
const patienceMs = 300_000;
/** How long an order may stay unchanged, while it can be read, before it counts as stuck. */
const standStillMs = 120_000;

export interface ImportOptions {
  limit?: number;
  concurrency: number;
  /** Where to write the report as JSON. */
  json?: string;
  /** Default: the environment of this program. */
  env?: NodeJS.ProcessEnv;
  /** Prints the report for people. Default: to standard output. */
  print?: (text: string) => void;
}

/**
 * Plays an order log on the running system, and reports where its orders ended.
 *
 * @throws {CannotRun} for an invalid file (then nothing is sent), or when the system does not answer.
 */
export async function importLog(file: string, options: ImportOptions): Promise<ExitStatus> {
  const name = basename(file);
  const text = await readGivenLog(file);
  const orders = readOrderLog(text, name);
  const separator = separatorOf(text);
  if (separator.character !== ',') process.stderr.write(`${name}: the columns are separated by ${separator.name}\n`);
  const all = orders.map(planOrder);
  if (options.json !== undefined) await requireFolderOf(options.json);
  const config = loadConfig(options.env, ['PAYMENT_WEBHOOK_SECRET', 'CARRIER_WEBHOOK_SECRET']);
  const shop = keyOf(config, 'shop');
  const operator = config.apiKeys.find(
    ({ role, shopId }) => role === 'operator' && ['*', shop.shopId].includes(shopId),
  );
  const system = findSystem(config);
  const http = httpTo(system, patienceMs);
  await requireRunning(httpTo(system, 10_000));

  const taken = all.slice(0, options.limit);
  process.stderr.write(`stocking the products of ${all.length} orders\n`);
  const stocked = await stockFor(http, shop.shopId, all);

  const feed = await OrderFeed.open(system, http, shop.key, standStillMs);
  const context: PlayContext = {
    http,
    feed,
    shopId: shop.shopId,
    shopKey: shop.key,
    begun: Date.now(),
    webhookSecrets: config.webhookSecrets,
    ...(operator ? { operatorKey: operator.key } : {}),
  };
  const start = performance.now();
  const played = await playAll(taken, context, options.concurrency).finally(() => feed.close());
  const ms = performance.now() - start;
  const balance = await readBalance(http, shop.shopId, taken, stocked.inventory, all);
  const report = reportOf(name, all.length, played, balance, stocked.set, ms);
  (options.print ?? ((text: string) => process.stdout.write(text)))(`\n${renderReport(report)}`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  return isRight(report) ? exit.right : exit.wrong;
}

/** One message at the start is better than 500 orders that wait. */
async function requireRunning(http: Http): Promise<void> {
  try {
    await http.send('api', 'GET', '/health/live');
    await http.send('inventory', 'GET', '/health');
    await http.send('payment', 'GET', '/health');
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    throw new CannotRun(`the system does not answer: ${error.message}. Is it running? (\`npm start\`)`);
  }
}

async function playAll(plans: readonly OrderPlan[], context: PlayContext, concurrency: number): Promise<PlayedOrder[]> {
  const progress = showCount('orders', plans.length);
  const stopped = (): void => {
    progress.stop();
    process.stderr.write('stopped; run the same command again to continue\n');
    process.exit(130);
  };
  process.once('SIGINT', stopped);
  try {
    const play = async (plan: OrderPlan): Promise<PlayedOrder> => {
      const outcome = await playOrder(plan, context);
      progress.countOne();
      return outcome;
    };
    return await pMap(plans, play, { concurrency });
  } finally {
    progress.stop();
    process.removeListener('SIGINT', stopped);
  }
}

async function readBalance(
  http: Http,
  shopId: string,
  played: readonly OrderPlan[],
  before: Inventory,
  all: readonly OrderPlan[],
): Promise<BalanceSheet> {
  const [after, payments] = await Promise.all([readInventory(http, shopId, all), readPayments(http, shopId, played)]);
  const books = played.map((plan, index) => ({
    plan,
    payment: payments[index]!,
    reservations: after.reservations.get(orderIdFor(shopId, plan.reference)) ?? [],
  }));
  return balanceOf(books, before, after);
}
