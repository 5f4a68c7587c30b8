import { WorkflowFailedError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { defined } from '../../../contracts/defined.js';
import { haltedView } from '../../../contracts/halted.js';
import type { OrderView, ReturnView } from '../../../contracts/order.js';
import type {
  LatePayment,
  LatePaymentsPublication,
  OrderPublication,
  Position,
  ReturnsPublication,
} from '../../../contracts/publication.js';
import { latePaymentWorkflowType } from '../../../workflows/late-payment/messages.js';
import { ordersTaskQueue, publicationQuery } from '../../../workflows/temporal/protocol.js';
import { orderWorkflowType, settleWorkflowType } from '../../../workflows/order/messages.js';
import { returnsWorkflowType } from '../../../workflows/returns/messages.js';

const kinds = {
  [orderWorkflowType]: 'order',
  [settleWorkflowType]: 'settle',
  [returnsWorkflowType]: 'returns',
  [latePaymentWorkflowType]: 'latePayments',
} as const;

/** A run of an order, of its returns, of its late payments, or the run that settles it after its own run was ended from outside. */
export interface Run {
  orderId: string;
  workflowId: string;
  runId: string;
  kind: (typeof kinds)[keyof typeof kinds];
  startedAt: Date;
  closedAt?: Date;
  historyLength: number;
  /** The fingerprint of the order as it was placed, from the run's memo. */
  fingerprint?: string;
}

const query = `WorkflowType IN (${Object.keys(kinds)
  .map((type) => `'${type}'`)
  .join(', ')})`;

/**
 * The runs in Temporal, open and closed, oldest first. If an order has several runs (a Reset makes a second one), only the newest, or the one
 * that has settled the order since. For returns and late payments every run, because each has its own.
 */
export async function currentRuns(client: Client): Promise<Run[]> {
  const all: Run[] = [];
  const newest = new Map<string, Run>();
  for await (const info of client.workflow.list({ query, pageSize: 500 })) {
    const run = runOf(info);
    const known = newest.get(run.orderId);
    if (run.kind !== 'order' && run.kind !== 'settle') all.push(run);
    // A run that is still settling publishes by itself.
    else if (run.kind === 'settle' && info.status.name !== 'COMPLETED') continue;
    else if (!known || run.startedAt > known.startedAt) newest.set(run.orderId, run);
  }
  return [...all, ...newest.values()].sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
}

function runOf(info: WorkflowExecutionInfo): Run {
  const { fingerprint } = (info.memo ?? {}) as { fingerprint?: string };
  return {
    orderId: info.workflowId.slice(info.workflowId.indexOf(':') + 1),
    workflowId: info.workflowId,
    runId: info.runId,
    kind: kinds[info.type as keyof typeof kinds],
    startedAt: info.startTime,
    ...defined({ closedAt: info.closeTime }),
    historyLength: info.historyLength,
    ...defined({ fingerprint }),
  };
}

/** Whether a worker polls for tasks. Without one, each query would wait for its deadline in vain. */
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

export type Publication = OrderPublication | ReturnsPublication | LatePaymentsPublication;

/**
 * The publication of a run: for a closed run from its last event, which needs no worker; for an open run by a query. A run that was ended from outside
 * gets the status `needs_attention`, with the view of its query or, without a worker, the stored view.
 *
 * @param stored the view of the order in the book.
 * @throws {Error} that says why there is no publication.
 */
export async function publicationOf(
  client: Client,
  run: Run,
  askWorker: boolean,
  stored: () => Promise<OrderView | undefined> = () => Promise.resolve(undefined),
): Promise<Publication> {
  const last = run.closedAt ? await lastPublication(client, run, run.closedAt) : undefined;
  if (last) return last;
  if (run.kind === 'order' && run.closedAt) return haltedPublication(client, run, run.closedAt, askWorker, stored);
  if (!askWorker) throw new Error('no worker answers for it');
  return ask(client, run);
}

async function haltedPublication(
  client: Client,
  run: Run,
  closedAt: Date,
  askWorker: boolean,
  stored: () => Promise<OrderView | undefined>,
): Promise<OrderPublication> {
  const asked = askWorker ? await ask<OrderPublication>(client, run).catch(() => undefined) : undefined;
  const view = asked?.view ?? (await stored());
  if (!view || run.fingerprint === undefined) {
    throw new Error('it was ended from outside, and no worker answers for it');
  }
  return { position: endOf(run, closedAt), fingerprint: run.fingerprint, view: haltedView(view, 'terminated') };
}

function ask<Answer extends Publication>(client: Client, run: Run): Promise<Answer> {
  return client.withDeadline(Date.now() + queryTimeoutMs, () =>
    client.workflow.getHandle(run.workflowId, run.runId).query<Answer>(publicationQuery),
  );
}

/** A position after all positions of the run's own publications. */
function endOf({ runId, historyLength }: Run, closedAt: Date): Position {
  return { runId, length: historyLength, at: closedAt.getTime(), seq: 0 };
}

async function lastPublication(client: Client, run: Run, closedAt: Date): Promise<Publication | undefined> {
  const result = await resultOf(client, run);
  if (result === undefined) return undefined;
  const position = endOf(run, closedAt);
  // Null: the run could not load the order, so it accepted no returns.
  if (run.kind === 'returns') return { orderId: run.orderId, position, returns: (result as ReturnView[] | null) ?? [] };
  if (run.kind === 'latePayments') return { orderId: run.orderId, payments: result as LatePayment[] };
  return run.fingerprint === undefined
    ? undefined
    : { position, fingerprint: run.fingerprint, view: result as OrderView };
}

/** The result of a closed run, or the first detail of its failure; undefined when it was ended from outside. */
async function resultOf(client: Client, run: Run): Promise<unknown> {
  try {
    return await client.workflow.getHandle(run.workflowId, run.runId).result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return error.cause instanceof ApplicationFailure ? error.cause.details?.[0] : undefined;
  }
}
