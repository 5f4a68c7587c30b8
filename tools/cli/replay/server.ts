import type { Client } from '@temporalio/client';
import { pMapSkip } from 'p-map';
import { defined } from '../../../contracts/defined.js';
import { connectClient } from '../../../src/temporal/connection.js';
import { latePaymentWorkflowType } from '../../../workflows/late-payment/messages.js';
import { orderWorkflowType, settleWorkflowType } from '../../../workflows/order/messages.js';
import { returnsWorkflowType } from '../../../workflows/returns/messages.js';
import { ordersTaskQueue } from '../../../workflows/temporal/protocol.js';
import { CannotRun } from '../command.js';
import { historyOf } from './history.js';
import { readPayloads } from './payloads.js';
import { failed, readAhead, type Read } from './read-ahead.js';
import { isDown, isNotFound, reasonOf, targetOf, type ServerOptions } from './target.js';

const types = [orderWorkflowType, settleWorkflowType, returnsWorkflowType, latePaymentWorkflowType];

/** All runs of this code. */
const ours = `TaskQueue='${ordersTaskQueue}' AND WorkflowType IN (${types.map((type) => `'${type}'`).join(', ')})`;

/** Open runs come first, because a change of the code can break only these. The server lists the newest first. */
const states = [
  { isOpen: true, filter: 'CloseTime IS NULL' },
  { isOpen: false, filter: 'CloseTime IS NOT NULL' },
];

/** Of each call to the server, in milliseconds. */
const patienceMs = 30_000;

interface Run {
  workflowId: string;
  runId: string;
  /** When it was listed. */
  isOpen: boolean;
}

export interface Pulled {
  /** How many runs there are, at most the limit. */
  total: number;
  histories: AsyncIterable<Read>;
  close: () => Promise<void>;
}

/**
 * Finds the runs on a Temporal server, and reads their histories while others are replayed.
 *
 * @throws {CannotRun} when the server does not answer or refuses, or when no run matches.
 */
export async function pullHistories(options: ServerOptions): Promise<Pulled> {
  const target = targetOf(options);
  const { address, namespace } = target.temporal;
  const { query = ours, limit = Infinity } = options;
  const explain = (error: unknown): CannotRun => new CannotRun(reasonOf(error, target.temporal), { cause: error });
  const client = await connectClient(target).catch((error: unknown) => Promise.reject(explain(error)));
  const close = () => client.connection.close();
  try {
    const found = await ask(client, () => client.workflowService.countWorkflowExecutions({ namespace, query }));
    const count = Number(found.count);
    if (count === 0) throw new CannotRun(`no run in the namespace ${namespace} at ${address} matches: ${query}`);
    return { total: Math.min(count, limit), histories: historiesOf(client, query, limit, explain), close };
  } catch (error) {
    await close();
    throw error instanceof CannotRun ? error : explain(error);
  }
}

function historiesOf(
  client: Client,
  query: string,
  limit: number,
  explain: (error: unknown) => CannotRun,
): AsyncIterable<Read> {
  // Without the server, each of the other runs would only wait for it in vain.
  let hasFailed = false;
  return readAhead<Run | Error>(listed(), async (run) => {
    if (hasFailed) return pMapSkip;
    if (run instanceof Error) {
      hasFailed = isDown(run);
      return failed('the list of runs', explain(run));
    }
    const { workflowId, runId, isOpen } = run;
    try {
      const proto = await ask(client, () => client.workflow.getHandle(workflowId, runId).fetchHistory());
      return await readPayloads(historyOf(proto, workflowId, runId));
    } catch (error) {
      if (hasFailed) return pMapSkip;
      const ofRun = (reason: string) => failed(workflowId, new Error(reason), { isOpen });
      if (error instanceof CannotRun) return ofRun(error.message);
      if (isNotFound(error)) return ofRun('the server no longer has its history');
      hasFailed = isDown(error);
      return ofRun(`${explain(error).message}${hasFailed ? '; the other runs are not read' : ''}`);
    }
  });

  async function* listed(): AsyncGenerator<Run | Error> {
    try {
      for await (const run of runsOf(client, query, limit)) {
        if (hasFailed) return;
        yield run;
      }
    } catch (error) {
      yield error as Error;
    }
  }
}

/** At most `limit` runs, each once. */
async function* runsOf(client: Client, query: string, limit: number): AsyncGenerator<Run> {
  // A run may close between the two lists, and then it is in both.
  const listed = new Set<string>();
  for (const { isOpen, filter } of states) {
    let nextPageToken: Uint8Array | null | undefined;
    do {
      const page = await ask(client, () =>
        client.workflowService.listWorkflowExecutions({
          namespace: client.options.namespace,
          query: `(${query}) AND ${filter}`,
          pageSize: 200,
          ...defined({ nextPageToken: nextPageToken ?? undefined }),
        }),
      );
      for (const { execution } of page.executions ?? []) {
        const { workflowId, runId } = execution ?? {};
        if (!workflowId || !runId || listed.has(runId)) continue;
        if (listed.size === limit) return;
        listed.add(runId);
        yield { workflowId, runId, isOpen };
      }
      ({ nextPageToken } = page);
    } while (nextPageToken?.length);
  }
}

const ask = <Answer>(client: Client, call: () => Promise<Answer>): Promise<Answer> =>
  client.withDeadline(Date.now() + patienceMs, call);
