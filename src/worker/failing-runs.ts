import type { EventEmitter } from 'node:events';
import type { NativeConnection, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { lastTasks } from '../temporal/failed-tasks.js';

/** coresdk.workflow_activation.RemoveFromCache.EvictionReason: why the SDK drops a run from the memory of a worker. */
const nondeterminism = 3;
const codeThrew = 4;

/** A run that this worker cannot advance: it has failed a workflow task of it. */
export interface FailingRun {
  workflowId: string;
  workflowType: string;
  cause: 'nondeterminism' | 'exception';
  /** RFC 3339. */
  since: string;
  /** Other code has advanced the run, and has not failed it: it fails since this code was deployed. */
  isNew: boolean;
}

interface Options {
  connection: Pick<NativeConnection, 'workflowService' | 'withDeadline'>;
  namespace: string;
  /** The build of this worker, as it stands in the histories. */
  buildId: string;
  log: Pick<Logger, 'error' | 'info'>;
  /** Now, in ms since the epoch. */
  now?: () => number;
}

/** Runs that fail later do not hold up a rollout: it is over. In milliseconds. */
export const rolloutMs = 15 * 60_000;
/** More runs than this would say nothing new. */
const mostRuns = 50;
/** How often Temporal is asked whether a run is well again. In milliseconds. */
const askAgainMs = 5_000;
const withinMs = 2_000;
/** temporal.api.enums.v1.WorkflowExecutionStatus. */
const running = 1;

/**
 * Knows the runs that this worker cannot advance, because its workflow code does not match their histories or throws. Costs nothing while
 * there are none.
 */
export class FailingRuns {
  readonly #runs = new Map<string, FailingRun>();
  readonly #seen = new Set<string>();
  readonly #startedAt: number;
  #askedAt = 0;
  #asking: Promise<void> | undefined;

  constructor(private readonly options: Options) {
    this.#startedAt = this.now();
  }

  /** The SDK has no public event for a failed task. It tells a worker why a run leaves its memory, and replays use the same event. */
  watch(worker: Worker): void {
    const { evictionsEmitter } = worker as unknown as { evictionsEmitter: EventEmitter };
    evictionsEmitter.on('eviction', ({ runId, evictJob }: { runId: string; evictJob: { reason?: number | null } }) => {
      if (evictJob.reason === nondeterminism) void this.add(runId, 'nondeterminism');
      if (evictJob.reason === codeThrew) void this.add(runId, 'exception');
    });
  }

  /** The runs that this code cannot advance now. Asks Temporal about them, if there are any. */
  async list(): Promise<FailingRun[]> {
    if (this.#runs.size > 0 && this.now() - this.#askedAt >= askAgainMs) {
      this.#asking ??= this.forgetWell().finally(() => {
        this.#asking = undefined;
        this.#askedAt = this.now();
      });
    }
    await this.#asking;
    return [...this.#runs.values()];
  }

  /** Whether a rollout of this code has to stop: it fails runs that were well before. */
  holdsUp(runs: readonly FailingRun[]): boolean {
    return runs.some(({ isNew, since }) => isNew && Date.parse(since) - this.#startedAt < rolloutMs);
  }

  private async add(runId: string, cause: FailingRun['cause']): Promise<void> {
    // Temporal retries the run every few seconds.
    if (this.#seen.has(runId) || this.#seen.size >= mostRuns) return;
    this.#seen.add(runId);
    try {
      const since = new Date(this.now()).toISOString();
      const run = await this.within(() => this.identify(runId));
      const failing = { ...run, cause, since };
      this.#runs.set(runId, failing);
      this.options.log.error(
        failing,
        'the workflow code cannot advance a run; it continues when code that fits is deployed',
      );
    } catch (error) {
      // The next attempt tries again.
      this.#seen.delete(runId);
      this.options.log.info({ err: error, runId, cause }, 'a run that cannot advance cannot be looked up');
    }
  }

  private async identify(runId: string): Promise<Pick<FailingRun, 'workflowId' | 'workflowType' | 'isNew'>> {
    const { connection, namespace, buildId } = this.options;
    // The SDK tells the id of the run alone, and Temporal finds a run by it only in its lists.
    const { executions } = await connection.workflowService.listWorkflowExecutions({
      namespace,
      query: `RunId = '${runId}'`,
    });
    const { execution, type } = executions?.[0] ?? {};
    if (!execution?.workflowId) throw new Error('Temporal does not list it yet');
    const { workflowId } = execution;
    const { completedBy, failure } = await lastTasks(connection, namespace, { workflowId, runId });
    const isFirstHere = failure === undefined || failure.build === buildId;
    return { workflowId, workflowType: type?.name ?? '', isNew: isFirstHere && completedBy !== buildId };
  }

  private async forgetWell(): Promise<void> {
    await Promise.all(
      [...this.#runs].map(async ([runId, run]) => {
        if (!(await this.within(() => this.isWell(runId, run)).catch(() => false))) return;
        this.#runs.delete(runId);
        this.#seen.delete(runId);
        const { workflowId } = run;
        this.options.log.info({ workflowId }, 'a run that could not advance is well again, or has ended');
      }),
    );
  }

  private async isWell(runId: string, { workflowId, isNew }: FailingRun): Promise<boolean> {
    const { connection, namespace, buildId } = this.options;
    const execution = { workflowId, runId };
    const { workflowExecutionInfo: info, pendingWorkflowTask: task } =
      await connection.workflowService.describeWorkflowExecution({ namespace, execution });
    if (Number(info?.status) !== running) return true;
    if ((task?.attempt ?? 1) > 1) return false;
    // During a rollout, a worker with the code from before may have helped the run on. This code still cannot.
    return !isNew || (await lastTasks(connection, namespace, execution)).completedBy === buildId;
  }

  private within<T>(call: () => Promise<T>): Promise<T> {
    return this.options.connection.withDeadline(Date.now() + withinMs, call);
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}
