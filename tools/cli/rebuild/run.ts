import type { Client } from '@temporalio/client';
import pMap from 'p-map';
import type { BookEntry } from '../../../services/orders/contract.js';
import type { OrderView, ReturnView } from '../../../contracts/order.js';
import type {
  LatePayment,
  LatePaymentsPublication,
  OrderPublication,
  ReturnsPublication,
} from '../../../contracts/publication.js';
import { loadConfig } from '../../../src/config/index.js';
import { connectClient } from '../../../src/temporal/connection.js';
import { CannotRun, exit, type ExitStatus } from '../command.js';
import { httpTo, HttpRejection, Unreachable, type Http } from '../http.js';
import { showCount } from '../../progress.js';
import { findSystem, temporalOf } from '../find-system.js';
import { newestOfEach } from './returns.js';
import { currentRuns, hasWorker, publicationOf, type Run } from './runs.js';

export interface RebuildOptions {
  /** The environment; the process's own unless given. */
  env?: NodeJS.ProcessEnv;
  /** Takes what came of it, for people; standard output unless given. */
  print?: (text: string) => void;
}

/** An open run is asked by a query, for which a worker may have to replay its history: not too many at a time. */
const atATime = { concurrency: 16 };
const patienceMs = 60_000;

/**
 * Writes what every run in Temporal says of its order into the order book. What the book has newer, or has of orders that Temporal no
 * longer keeps, stays.
 *
 * @throws {CannotRun} when the order book or Temporal does not answer.
 */
export async function rebuildBook({
  env,
  print = (text) => process.stdout.write(text),
}: RebuildOptions = {}): Promise<ExitStatus> {
  const config = loadConfig(env);
  const system = findSystem(config);
  await requireBook(httpTo(system, 10_000));
  const client = await connectClient({ temporal: temporalOf(config) }).catch((error: Error) => {
    throw new CannotRun(error.message);
  });
  try {
    return await rebuildFrom(client, httpTo(system, patienceMs), print);
  } finally {
    await client.connection.close();
  }
}

async function requireBook(http: Http): Promise<void> {
  try {
    await http.send('orders', 'GET', '/health');
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof HttpRejection)) throw error;
    throw new CannotRun(`the order book does not answer: ${error.message}`);
  }
}

async function rebuildFrom(client: Client, http: Http, print: (text: string) => void): Promise<ExitStatus> {
  const askWorker = await hasWorker(client);
  if (!askWorker) process.stderr.write('no worker is running: only orders whose runs are closed can be read\n');
  const runs = await currentRuns(client);
  const counts = { written: 0, there: 0 };
  const failures: { run: Run; reason: string }[] = [];
  const progress = showCount('runs', runs.length);
  /** Reports what goes wrong with one run, and goes on with the others. */
  const orReport = async <T>(run: Run, task: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await task();
    } catch (error) {
      if (error instanceof Unreachable) throw new CannotRun(`the order book went away: ${error.message}`);
      failures.push({ run, reason: (error as Error).message });
      return undefined;
    }
  };

  /** Orders of which not all returns are in the book. */
  const incomplete = new Set<string>();
  const takeReturns = async (ofOrder: Run[]): Promise<void> => {
    const { orderId } = ofOrder[0]!;
    const told: { run: Run; publication: ReturnsPublication }[] = [];
    for (const run of ofOrder) {
      const publication = await orReport(run, () => publicationOf(client, run, askWorker));
      if (publication) told.push({ run, publication: publication as ReturnsPublication });
      progress.countOne();
    }
    // A run that could not be read may know better than the others: then what the book has stays.
    const onlyMissing = told.length < ofOrder.length;
    for (const { run, ...news } of newestOfEach(told)) {
      const outcome = await orReport(run, () => publishReturns(http, news.publication, onlyMissing));
      if (outcome) counts[outcome] += 1;
    }
    if (failures.some(({ run }) => ofOrder.includes(run))) incomplete.add(orderId);
  };

  const takeOrder = async (run: Run): Promise<void> => {
    const outcome = await orReport(run, async () => {
      const publication = (await publicationOf(client, run, askWorker, () =>
        storedView(http, `/v1/orders/${run.orderId}`),
      )) as OrderPublication;
      return publishOrder(http, run, publication, incomplete.has(run.orderId));
    });
    if (outcome) counts[outcome] += 1;
    progress.countOne();
  };

  const takeLatePayments = async (run: Run): Promise<void> => {
    const outcome = await orReport(run, async () => {
      const { payments } = (await publicationOf(client, run, askWorker)) as LatePaymentsPublication;
      return publishLatePayments(http, run.orderId, payments);
    });
    if (outcome) counts[outcome] += 1;
    progress.countOne();
  };

  try {
    // Returns come first: the book keeps them until their order is there, and no order is seen without its returns.
    await pMap(byOrder(runs.filter(({ kind }) => kind === 'returns')).values(), takeReturns, atATime);
    for (const [kind, take] of [
      ['order', takeOrder],
      ['settle', takeOrder],
      ['latePayments', takeLatePayments],
    ] as const) {
      await pMap(
        runs.filter((run) => run.kind === kind),
        take,
        atATime,
      );
    }
  } finally {
    progress.stop();
  }
  for (const { run, reason } of failures) print(`not read: ${run.workflowId} (run ${run.runId}): ${reason}\n`);
  const open = runs.filter(({ closedAt }) => closedAt === undefined).length;
  print(
    `${runs.length} runs in Temporal, ${open} of them open: ${counts.written} given to the book, ` +
      `${counts.there} were there as they are, ${failures.length} could not be read\n`,
  );
  return failures.length ? exit.wrong : exit.right;
}

function byOrder(runs: readonly Run[]): Map<string, Run[]> {
  const byId = new Map<string, Run[]>();
  for (const run of runs) byId.set(run.orderId, [...(byId.get(run.orderId) ?? []), run]);
  return byId;
}

/**
 * Written is only what the book has otherwise: each write is a change that event streams tell of.
 *
 * @param onlyMissing what the book has of them stays, whatever it is
 */
async function publishReturns(
  http: Http,
  { orderId, position, returns }: ReturnsPublication,
  onlyMissing: boolean,
): Promise<'written' | 'there'> {
  const path = `/v1/orders/${orderId}`;
  const stored = new Map((await storedView(http, path))?.returns.map((each) => [each.id, JSON.stringify(each)]));
  const isThere = (each: ReturnView) =>
    onlyMissing ? stored.has(each.id) : stored.get(each.id) === JSON.stringify(each);
  const news = returns.filter((each) => !isThere(each));
  if (news.length === 0) return 'there';
  await http.send('orders', 'PUT', `${path}/returns`, { body: { position, returns: news } });
  return 'written';
}

/** Each is stored once; those that are there already change nothing. */
async function publishLatePayments(
  http: Http,
  orderId: string,
  payments: readonly LatePayment[],
): Promise<'written' | 'there'> {
  const path = `/v1/orders/${orderId}`;
  const stored = (await storedView(http, path))?.payment.attempts.filter(({ outcome }) => outcome === 'returned');
  if (payments.every(({ at }) => stored?.some((each) => each.at === at))) return 'there';
  await http.send('orders', 'PUT', `${path}/late-payments`, { body: { payments } });
  return 'written';
}

/** A closed run's last word is written only where the book has another, too. */
async function publishOrder(
  http: Http,
  run: Run,
  publication: OrderPublication,
  lacksReturns: boolean,
): Promise<'written' | 'there'> {
  const path = `/v1/orders/${run.orderId}`;
  const stored = run.closedAt || lacksReturns ? await storedView(http, path) : undefined;
  // Without its returns an order looks as if nothing of it had come back, and could be returned again.
  if (lacksReturns && !stored) throw new Error('not written, as its returns could not be read');
  if (run.closedAt && stored && essence(stored) === essence(publication.view)) return 'there';
  await http.send('orders', 'PUT', path, { body: publication });
  return 'written';
}

async function storedView(http: Http, path: string): Promise<OrderView | undefined> {
  try {
    return (await http.send<BookEntry>('orders', 'GET', path)).body.view;
  } catch (error) {
    if (error instanceof HttpRejection && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** The view without what the book adds, and without the moment it was looked at. */
function essence(view: OrderView): string {
  const { returns: _returns, payment, possible: _possible, status, shipments, steps, failure, total, lines } = view;
  const attempts = payment.attempts.filter(({ outcome }) => outcome !== 'returned');
  return JSON.stringify([status, failure, total, lines, attempts, shipments, steps]);
}
