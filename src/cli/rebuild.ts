import { Command } from 'commander';
import type { Client } from '@temporalio/client';
import { loadConfig } from '../config/index.js';
import { connectClient } from '../temporal/connection.js';
import { CannotRun, command, exit, runCommand, type ExitStatus } from './command.js';
import { httpTo, inParallel, Refused, Unreachable, type Http } from './http.js';
import { showProgress } from './progress.js';
import { currentRuns, hasWorker, publicationOf, type Run } from './rebuild/runs.js';
import { findSystem, temporalOf } from './system.js';

/** Each query makes a worker replay a history, so not too many at a time. */
const width = 16;
const patienceMs = 60_000;

async function rebuild(): Promise<ExitStatus> {
  const config = loadConfig();
  const system = findSystem(config);
  const http = httpTo(system, patienceMs);
  await requireBook(httpTo(system, 10_000));
  const client = await connectClient({ temporal: temporalOf(config) }).catch((error: Error) => {
    throw new CannotRun(error.message);
  });
  try {
    return await rebuildFrom(client, http);
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

async function rebuildFrom(client: Client, http: Http): Promise<ExitStatus> {
  const askWorker = await hasWorker(client);
  if (!askWorker) process.stderr.write('no worker is running: only closed orders can be read, by their last event\n');
  const runs = await currentRuns(client);
  const written = { order: 0, returns: 0 };
  const failures: { run: Run; reason: string }[] = [];
  const progress = showProgress('runs', runs.length);
  const write = async (run: Run): Promise<void> => {
    try {
      await publish(http, run, await publicationOf(client, run, askWorker));
      written[run.kind] += 1;
    } catch (error) {
      if (error instanceof Unreachable) throw new CannotRun(`the order book went away: ${error.message}`);
      failures.push({ run, reason: (error as Error).message });
    }
    progress.done();
  };
  try {
    await inParallel(
      runs.filter(({ kind }) => kind === 'order'),
      width,
      write,
    );
    await inParallel(
      runs.filter(({ kind }) => kind === 'returns'),
      width,
      write,
    );
  } finally {
    progress.stop();
  }
  for (const { run, reason } of failures)
    process.stdout.write(`not written: ${run.workflowId} (${run.runId}): ${reason}\n`);
  const open = runs.filter(({ closedAt }) => closedAt === undefined).length;
  process.stdout.write(
    `${written.order} orders and the returns of ${written.returns} written to the book; ` +
      `${runs.length} runs in Temporal (${open} open), ${failures.length} not written. ` +
      'What the book had newer, or Temporal no longer has, stays as it was.\n',
  );
  return failures.length ? exit.wrong : exit.right;
}

async function publish(http: Http, run: Run, publication: Awaited<ReturnType<typeof publicationOf>>): Promise<void> {
  const orderId = run.workflowId.slice(run.workflowId.indexOf(':') + 1);
  if ('view' in publication) {
    await http.send('orders', 'PUT', `/v1/orders/${orderId}`, { body: publication });
  } else {
    const { position, returns } = publication;
    await http.send('orders', 'PUT', `/v1/orders/${orderId}/returns`, { body: { position, returns } });
  }
}

const program = command('rebuild', 'Fills the order book from Temporal; merges, never deletes.', new Command());

await runCommand(program, async () => {
  program.parse();
  return rebuild();
});
