import type { Client } from '@temporalio/client';
import type { BookEntry } from '../../../services/orders/contract.js';
import type { OrderView } from '../../../contracts/order.js';
import { loadConfig } from '../../config/index.js';
import { connectClient } from '../../temporal/connection.js';
import { CannotRun, exit, type ExitStatus } from '../command.js';
import { httpTo, inParallel, Refused, Unreachable, type Http } from '../http.js';
import { showProgress } from '../progress.js';
import { findSystem, temporalOf } from '../system.js';
import { currentRuns, hasWorker, publicationOf, type Publication, type Run } from './runs.js';

export interface RebuildOptions {
  /** The environment; the process's own unless given. */
  env?: NodeJS.ProcessEnv;
  /** Takes what came of it, for people; standard output unless given. */
  print?: (text: string) => void;
}

/** An open run is asked by a query, for which a worker may have to replay its history: not too many at a time. */
const width = 16;
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
    if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
    throw new CannotRun(`the order book does not answer: ${error.message}`);
  }
}

async function rebuildFrom(client: Client, http: Http, print: (text: string) => void): Promise<ExitStatus> {
  const askWorker = await hasWorker(client);
  if (!askWorker) process.stderr.write('no worker is running: only orders whose runs are closed can be read\n');
  const runs = await currentRuns(client);
  const counts = { written: 0, there: 0 };
  const failures: { run: Run; reason: string }[] = [];
  const progress = showProgress('runs', runs.length);
  const take = async (run: Run): Promise<void> => {
    try {
      counts[await publish(http, run, await publicationOf(client, run, askWorker))] += 1;
    } catch (error) {
      if (error instanceof Unreachable) throw new CannotRun(`the order book went away: ${error.message}`);
      failures.push({ run, reason: (error as Error).message });
    }
    progress.done();
  };
  try {
    for (const kind of ['order', 'returns'] as const) {
      await inParallel(
        runs.filter((run) => run.kind === kind),
        width,
        take,
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

/** A closed run's last word is written only where the book has another: each write is a change that event streams tell of. */
async function publish(http: Http, run: Run, publication: Publication): Promise<'written' | 'there'> {
  const path = `/v1/orders/${run.orderId}`;
  const stored = run.closedAt ? await storedView(http, path) : undefined;
  if ('view' in publication) {
    if (stored && essence(stored) === essence(publication.view)) return 'there';
    await http.send('orders', 'PUT', path, { body: publication });
  } else {
    const { position, returns } = publication;
    if (stored && JSON.stringify(stored.returns) === JSON.stringify(returns)) return 'there';
    await http.send('orders', 'PUT', `${path}/returns`, { body: { position, returns } });
  }
  return 'written';
}

async function storedView(http: Http, path: string): Promise<OrderView | undefined> {
  try {
    return (await http.send<BookEntry>('orders', 'GET', path)).body.view;
  } catch (error) {
    if (error instanceof Refused && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** The view without what the book adds, and without the moment it was looked at. */
function essence(view: OrderView): string {
  const { returns: _returns, payment, possible: _possible, status, shipments, steps, failure, total, lines } = view;
  return JSON.stringify([status, failure, total, lines, payment.attempts, shipments, steps]);
}
