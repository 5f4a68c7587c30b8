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
  /** Default: the environment of this program. */
  env?: NodeJS.ProcessEnv;
  /** Prints the result for people. Default: to standard output. */
  print?: (text: string) => void;
}

/** An open run answers a query, for which a worker may have to replay its history. So only a few at a time. */
const atATime = { concurrency: 16 };
const patienceMs = 60_000;

/**
 * Writes the orders of all runs in Temporal into the order book. What is newer in the book stays, and so do orders that Temporal no longer has.
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
  const counts = { written: 0, unchanged: 0 };
  const failures: { run: Run; reason: string }[] = [];
  const progress = showCount('runs', runs.length);
  /** Reports an error of one run, and continues with the others. */
  const orReport = async <T>(run: Run, task: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await task();
    } catch (error) {
      if (error instanceof Unreachable) throw new CannotRun(`the order book stopped answering: ${error.message}`);
      failures.push({ run, reason: (error as Error).message });
      return undefined;
    }
  };

  /** Orders with returns that could not be read. */
  const incomplete = new Set<string>();
  const takeReturns = async (ofOrder: Run[]): Promise<void> => {
    const { orderId } = ofOrder[0]!;
    const read: { run: Run; publication: ReturnsPublication }[] = [];
    for (const run of ofOrder) {
      const publication = await orReport(run, () => publicationOf(client, run, askWorker));
      if (publication) read.push({ run, publication: publication as ReturnsPublication });
      progress.countOne();
    }
    // A run that could not be read may be newer than the others. Then what is in the book stays.
    const onlyMissing = read.length < ofOrder.length;
    for (const { run, ...news } of newestOfEach(read)) {
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
    // Returns come first: the book keeps them until their order is there, so nobody sees an order without its returns.
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
    await http.send('orders', 'POST', '/v1/stats/recount');
  } finally {
    progress.stop();
  }
  for (const { run, reason } of failures) print(`not read: ${run.workflowId} (run ${run.runId}): ${reason}\n`);
  const open = runs.filter(({ closedAt }) => closedAt === undefined).length;
  print(
    `${runs.length} runs in Temporal, ${open} of them open: ${counts.written} written to the book, ` +
      `${counts.unchanged} unchanged, ${failures.length} could not be read\n`,
  );
  return failures.length ? exit.wrong : exit.right;
}

function byOrder(runs: readonly Run[]): Map<string, Run[]> {
  const byId = new Map<string, Run[]>();
  for (const run of runs) byId.set(run.orderId, [...(byId.get(run.orderId) ?? []), run]);
  return byId;
}

/**
 * Writes only returns that are different in the book, because event streams report each write as a change.
 *
 * @param onlyMissing writes only returns that are not in the book
 */
async function publishReturns(
  http: Http,
  { orderId, position, returns }: ReturnsPublication,
  onlyMissing: boolean,
): Promise<'written' | 'unchanged'> {
  const path = `/v1/orders/${orderId}`;
  const stored = new Map((await storedView(http, path))?.returns.map((each) => [each.id, JSON.stringify(each)]));
  const isStored = (each: ReturnView) =>
    onlyMissing ? stored.has(each.id) : stored.get(each.id) === JSON.stringify(each);
  const news = returns.filter((each) => !isStored(each));
  if (news.length === 0) return 'unchanged';
  await http.send('orders', 'PUT', `${path}/returns`, { body: { position, returns: news } });
  return 'written';
}

/** Late payments that are in the book already are not written again. */
async function publishLatePayments(
  http: Http,
  orderId: string,
  payments: readonly LatePayment[],
): Promise<'written' | 'unchanged'> {
  const path = `/v1/orders/${orderId}`;
  const stored = (await storedView(http, path))?.payment.attempts.filter(({ outcome }) => outcome === 'returned');
  if (payments.every(({ at }) => stored?.some((each) => each.at === at))) return 'unchanged';
  await http.send('orders', 'PUT', `${path}/late-payments`, { body: { payments } });
  return 'written';
}

/** The last view of a closed run is written only if the book has a different one. */
async function publishOrder(
  http: Http,
  run: Run,
  publication: OrderPublication,
  lacksReturns: boolean,
): Promise<'written' | 'unchanged'> {
  const path = `/v1/orders/${run.orderId}`;
  const stored = run.closedAt || lacksReturns ? await storedView(http, path) : undefined;
  // Without its returns, an order could be returned a second time.
  if (lacksReturns && !stored) throw new Error('not written, as its returns could not be read');
  if (run.closedAt && stored && essence(stored) === essence(publication.view)) return 'unchanged';
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

/** The parts of a view that neither the book nor the time of reading changes. */
function essence(view: OrderView): string {
  const { returns: _returns, payment, possible: _possible, status, shipments, steps, failure, total, lines } = view;
  const attempts = payment.attempts.filter(({ outcome }) => outcome !== 'returned');
  return JSON.stringify([status, failure, total, lines, attempts, shipments, steps]);
}
