import type { Client } from '@temporalio/client';
import pMap from 'p-map';
import type { ReturnView, Run, View } from '../observation.js';
import { decodeFirst, type Payloads } from './payloads.js';

const types = ['processOrder', 'processReturns', 'processLatePayment', 'settleOrder'] as const;

/** How many runs are read at a time. */
const atATime = { concurrency: 16 };
const queryMs = 5_000;

/**
 * All runs in Temporal, from their histories: what visibility says may be late. An open order or return is asked for its view, which needs a
 * worker; after the first one that does not answer, none is asked.
 */
export async function readRuns(client: Client, onRun: () => void = () => {}): Promise<Run[]> {
  const query = `WorkflowType IN (${types.map((type) => `'${type}'`).join(', ')})`;
  const listed: { workflowId: string; runId: string; type: string }[] = [];
  for await (const { workflowId, runId, type } of client.workflow.list({ query, pageSize: 500 })) {
    listed.push({ workflowId, runId, type });
  }
  let isAnswering = true;
  const read = async ({ workflowId, runId, type }: (typeof listed)[number]): Promise<Run> => {
    const run = await readRun(client, workflowId, runId, type as Run['type']);
    if (run.status === 'running' && isAnswering) isAnswering = await ask(client, run);
    onRun();
    return run;
  };
  const runs = await pMap(listed, read, atATime);
  return runs.sort((a, b) => a.startedAt - b.startedAt);
}

async function readRun(client: Client, workflowId: string, runId: string, type: Run['type']): Promise<Run> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const decode = <Value>(payloads: Payloads) => decodeFirst<Value>(client, payloads);
  const [first] = events ?? [];
  const begun = first?.workflowExecutionStartedEventAttributes;
  const run: Run = {
    workflowId,
    runId,
    type,
    orderId: workflowId.slice(workflowId.indexOf(':') + 1),
    status: 'running',
    startedAt: timeOf(first?.eventTime),
    updates: [],
    signals: [],
    lostTasks: [],
  };
  const before =
    begun?.continuedExecutionRunId || (begun?.originalExecutionRunId !== runId && begun?.originalExecutionRunId);
  if (before) run.continues = before;
  if (type === 'processOrder') {
    const input = await decode<{ order: Run['placed']; deadlines: Run['deadlines'] }>(begun?.input?.payloads);
    if (input) Object.assign(run, { placed: input.order, deadlines: input.deadlines });
  }
  for (const event of events ?? []) {
    const at = timeOf(event.eventTime);
    run.lastEventAt = at;
    if (event.workflowTaskTimedOutEventAttributes || event.workflowTaskFailedEventAttributes) run.lostTasks!.push(at);
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal) {
      const news = await decode<{ id?: string; data?: { shipmentId?: string } }>(signal.input?.payloads);
      const { shipmentId } = news?.data ?? {};
      run.signals!.push({
        name: signal.signalName ?? '',
        at,
        ...(news?.id === undefined ? {} : { id: news.id }),
        ...(shipmentId === undefined ? {} : { shipmentId }),
      });
    }
    const request = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
    if (request) run.updates!.push({ id: request.meta?.updateId ?? '', name: request.input?.name ?? '', at });
    const completed = event.workflowExecutionCompletedEventAttributes;
    const failed = event.workflowExecutionFailedEventAttributes;
    const status = completed ? 'completed' : failed ? 'failed' : endOf(event);
    if (!status) continue;
    Object.assign(run, { status, closedAt: at });
    if (completed) keep(run, await decode(completed.result?.payloads));
    const { type: failure, details } = failed?.failure?.applicationFailureInfo ?? {};
    if (failure) run.failure = failure;
    if (details) keep(run, await decode(details.payloads));
  }
  return run;
}

type HistoryEvent = NonNullable<
  Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>['events']
>[number];

function endOf(event: HistoryEvent): Run['status'] | undefined {
  if (event.workflowExecutionCanceledEventAttributes) return 'cancelled';
  if (event.workflowExecutionTerminatedEventAttributes) return 'terminated';
  if (event.workflowExecutionTimedOutEventAttributes) return 'timed_out';
  return event.workflowExecutionContinuedAsNewEventAttributes ? 'continued_as_new' : undefined;
}

/** Stores the answer of a run, by its type. */
function keep(run: Run, answer: unknown): void {
  if (answer === null || answer === undefined) return;
  if (run.type === 'processReturns') run.returns = answer as ReturnView[];
  else if (run.type === 'processLatePayment') run.latePayments = answer as { id: string }[];
  else run.view = answer as View;
}

/** @returns whether a worker answered. */
async function ask(client: Client, run: Run): Promise<boolean> {
  const name = run.type === 'processOrder' ? 'order' : run.type === 'processReturns' ? 'returns' : undefined;
  if (!name) return true;
  try {
    const handle = client.workflow.getHandle(run.workflowId, run.runId);
    keep(run, await client.withDeadline(Date.now() + queryMs, () => handle.query(name)));
    return true;
  } catch {
    return false;
  }
}

interface Timestamp {
  seconds?: { toString: () => string } | number | null;
  nanos?: number | null;
}

function timeOf(time: Timestamp | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
}
