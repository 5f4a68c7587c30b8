import { Inject, Injectable } from '@nestjs/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { workerReport, type WorkerReport } from '../../../contracts/services.schema.js';
import { serviceTaskQueue } from '../../../workflows/temporal/protocol.js';
import { serviceNames, type ServiceName } from '../../config/index.js';
import type { TemporalClient } from '../../temporal/connection.js';
import { readIdentity, type WorkerIdentity } from '../../temporal/worker-identity.js';
import { TEMPORAL } from '../dependencies.js';

const withinMs = 1_000;
/** A worker asks for work at least once a minute. */
const seenWithinMs = 75_000;
/** temporal.api.enums.v1.TaskQueueType. */
const activityTasks = 2;

export interface WorkerReports {
  reports: readonly WorkerReport[];
  /** Workers that did not report. */
  silent: number;
  /** Calls in the task queue of a service that no worker has taken; undefined while Temporal does not answer. */
  waiting: Readonly<Record<ServiceName, number | undefined>>;
}

interface Queue {
  name: ServiceName;
  waiting: number;
  workers: WorkerIdentity[];
}

/** Asks every worker for its figures. Temporal knows the workers: they poll the task queues of the services, each with its URL. */
@Injectable()
export class WorkerReportReader {
  /** Of the last answer of Temporal, for the time in which it does not answer. */
  private lastSeen: readonly WorkerIdentity[] = [];

  constructor(@Inject(TEMPORAL) private readonly client: TemporalClient) {}

  async read(): Promise<WorkerReports> {
    const queues = await Promise.all(serviceNames.map((name) => this.queue(name).catch(() => undefined)));
    const answered = queues.filter((queue) => queue !== undefined);
    if (answered.length > 0) this.lastSeen = distinct(answered.flatMap(({ workers }) => workers));
    const reports = await Promise.all(this.lastSeen.map((worker) => reportOf(worker).catch(() => undefined)));
    const known = reports.filter((report) => report !== undefined);
    const waiting = serviceNames.map((name) => [name, answered.find((queue) => queue.name === name)?.waiting]);
    return {
      reports: known,
      silent: reports.length - known.length,
      waiting: Object.fromEntries(waiting) as WorkerReports['waiting'],
    };
  }

  private async queue(name: ServiceName): Promise<Queue> {
    const { pollers, stats } = await this.client.withDeadline(Date.now() + withinMs, () =>
      this.client.workflowService.describeTaskQueue({
        namespace: this.client.options.namespace,
        taskQueue: { name: serviceTaskQueue(name) },
        taskQueueType: activityTasks,
        reportStats: true,
      }),
    );
    const since = Date.now() - seenWithinMs;
    const seen = (pollers ?? []).filter(({ lastAccessTime }) => lastAccessTime && tsToMs(lastAccessTime) >= since);
    return {
      name,
      waiting: Number(stats?.approximateBacklogCount ?? 0),
      workers: seen.map(({ identity }) => readIdentity(identity ?? '')),
    };
  }
}

/** Each worker polls the queue of every service. */
function distinct(workers: readonly WorkerIdentity[]): WorkerIdentity[] {
  return [...new Map(workers.map((each) => [`${each.worker} ${each.url}`, each])).values()];
}

/** @throws {Error} when the worker does not answer, or when another one answers at its URL. */
async function reportOf({ worker, url }: WorkerIdentity): Promise<WorkerReport> {
  const response = await fetch(`${url}/services`, { signal: AbortSignal.timeout(withinMs), redirect: 'error' });
  const report = workerReport.parse(await response.json());
  if (report.worker !== worker) throw new Error(`${report.worker} answers at ${url}`);
  return report;
}
