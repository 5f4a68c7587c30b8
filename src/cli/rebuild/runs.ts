import { WorkflowFailedError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { OrderView } from '../../../contracts/order.js';
import type { OrderPublication, Position, ReturnsPublication } from '../../../contracts/publication.js';
import {
  ordersTaskQueue,
  orderWorkflowType,
  publicationQuery,
  returnsWorkflowType,
} from '../../../workflows/messages.js';

/** A run that an order, or the returns of one, stand by. */
export interface Run {
  workflowId: string;
  runId: string;
  kind: 'order' | 'returns';
  startedAt: Date;
  closedAt?: Date;
  historyLength: number;
}

const query = `WorkflowType IN ('${orderWorkflowType}', '${returnsWorkflowType}')`;

/**
 * All runs that Temporal knows, open and closed; of several under one id (a Reset makes a second) the one that began last, which stands
 * for all. Orders come before returns, which are part of them.
 */
export async function currentRuns(client: Client): Promise<Run[]> {
  const newest = new Map<string, Run>();
  for await (const info of client.workflow.list({ query, pageSize: 500 })) {
    const run = runOf(info);
    const known = newest.get(run.workflowId);
    if (!known || run.startedAt > known.startedAt) newest.set(run.workflowId, run);
  }
  return [...newest.values()].sort((a, b) =>
    a.kind === b.kind ? a.startedAt.getTime() - b.startedAt.getTime() : a.kind === 'order' ? -1 : 1,
  );
}

function runOf(info: WorkflowExecutionInfo): Run {
  return {
    workflowId: info.workflowId,
    runId: info.runId,
    kind: info.type === orderWorkflowType ? 'order' : 'returns',
    startedAt: info.startTime,
    ...(info.closeTime ? { closedAt: info.closeTime } : {}),
    historyLength: info.historyLength,
  };
}

/** Whether a worker asks for the runs' tasks: without one no query is answered, and each would wait for its deadline. */
export async function hasWorker(client: Client): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: ordersTaskQueue },
    taskQueueType: 1, // workflow tasks
  });
  const recently = Date.now() - 90_000;
  return (pollers ?? []).some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > recently);
}

const queryTimeoutMs = 10_000;

/**
 * What the run would publish now. A closed run that no worker can be asked about answers by its last event.
 *
 * @throws {Error} when neither says anything.
 */
export async function publicationOf(
  client: Client,
  run: Run,
  askWorker: boolean,
): Promise<OrderPublication | ReturnsPublication> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  let reason = 'it is open, and no worker answers for it';
  if (askWorker) {
    try {
      return await client.withDeadline(Date.now() + queryTimeoutMs, () =>
        handle.query<OrderPublication | ReturnsPublication>(publicationQuery),
      );
    } catch (error) {
      reason = (error as Error).message;
    }
  }
  const last = run.closedAt && run.kind === 'order' ? await lastView(client, run) : undefined;
  if (!last || !run.closedAt) throw new Error(reason);
  const memo = (await handle.describe()).memo as { fingerprint?: string } | undefined;
  if (memo?.fingerprint === undefined) throw new Error(`its memo has no fingerprint; asked by query: ${reason}`);
  // Behind every position that the run itself has published under.
  const position: Position = { runId: run.runId, length: run.historyLength, at: run.closedAt.getTime(), seq: 0 };
  return { position, fingerprint: memo.fingerprint, view: last };
}

/** The result of a closed run, or the first detail of its failure; undefined where it was terminated. */
async function lastView(client: Client, run: Run): Promise<OrderView | undefined> {
  try {
    return (await client.workflow.getHandle(run.workflowId, run.runId).result()) as OrderView;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return error.cause instanceof ApplicationFailure ? (error.cause.details?.[0] as OrderView | undefined) : undefined;
  }
}
