import { Inject, Injectable } from '@nestjs/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { ordersTaskQueue, serviceTaskQueue } from '../../../workflows/temporal/protocol.js';
import { serviceNames, type Config, type ServiceName } from '../../config/index.js';
import { CONFIG, TEMPORAL } from '../dependencies.js';
import type { TemporalClient } from '../../temporal/connection.js';
import { checkNamespace } from '../../temporal/namespace.js';
import { readIdentity } from '../../temporal/worker-identity.js';
import { probe } from './probe.js';

export const partNames = ['temporal', 'worker', ...serviceNames] as const;
export type Parts = Record<(typeof partNames)[number], 'up' | 'down'>;

const withinMs = 1500;
/** A worker that has answered within this time may only be busy. */
const busyMs = 5_000;
/** The number of workers that are remembered. */
const mostWorkers = 1_000;
/** A worker polls at least once a minute. */
const seenWithinMs = 75_000;
/** temporal.api.enums.v1.TaskQueueType. */
const workflowTasks = 1;
const activityTasks = 2;

interface KnownWorker {
  /** Temporal forgets it with a restart, and a worker asks the queues again one by one. */
  url?: string;
  /** When it answered last, in ms since the epoch. */
  answeredAt: number;
}

/** Checks all parts at the same time. */
@Injectable()
export class SystemParts {
  private readonly known = new Map<string, KnownWorker>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TEMPORAL) private readonly client: TemporalClient,
  ) {}

  async check(): Promise<Parts> {
    const [temporal, worker, ...services] = await Promise.all([
      this.isUp(() => this.temporal()),
      this.isUp(() => this.worker()),
      ...serviceNames.map((name) => this.isUp(() => this.service(name))),
    ]);
    const states = serviceNames.map((name, index) => [name, services[index]] as const);
    return { temporal, worker, ...Object.fromEntries(states) } as Parts;
  }

  private async isUp(check: () => Promise<boolean>): Promise<'up' | 'down'> {
    return (await check().catch(() => false)) ? 'up' : 'down';
  }

  /** Orders can be accepted while their namespace answers. */
  private async temporal(): Promise<boolean> {
    const { namespace } = this.client.options;
    await checkNamespace(this.client.connection, namespace, withinMs);
    return true;
  }

  /**
   * A worker is up if it has polled and answers its own address. Temporal alone would say it late: it lists a worker that is frozen or was
   * killed for more than a minute. Where the API cannot reach a worker, the polls decide.
   */
  private async worker(): Promise<boolean> {
    const deadline = Date.now() + withinMs;
    const [runs, calls] = await Promise.all([
      this.pollers(ordersTaskQueue, workflowTasks, deadline),
      this.pollers(serviceTaskQueue(serviceNames[0] as ServiceName), activityTasks, deadline),
    ]);
    // The queue of the runs has the workers by their short names, that of a service with their addresses.
    for (const { worker, url } of calls.map(readIdentity)) if (url !== undefined) this.remember(worker).url = url;
    const workers = [...new Set(runs)].map((worker) => this.isThere(this.remember(worker), deadline));
    return (await Promise.all(workers)).includes(true);
  }

  private remember(worker: string): KnownWorker {
    const known = this.known.get(worker) ?? { answeredAt: 0 };
    this.known.delete(worker);
    this.known.set(worker, known);
    if (this.known.size > mostWorkers) this.known.delete(this.known.keys().next().value!);
    return known;
  }

  private async isThere(worker: KnownWorker, deadline: number): Promise<boolean> {
    if (worker.url === undefined) return true;
    const probed = await probe(`${worker.url}/health/live`, deadline - Date.now());
    if (probed === 'answers') worker.answeredAt = Date.now();
    return probed !== 'absent' || Date.now() - worker.answeredAt < busyMs;
  }

  /** The identities of the workers that have polled a queue. */
  private async pollers(name: string, taskQueueType: number, deadline: number): Promise<string[]> {
    const { namespace } = this.client.options;
    const { pollers } = await this.client.withDeadline(deadline, () =>
      this.client.workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType }),
    );
    const since = Date.now() - seenWithinMs;
    const seen = (pollers ?? []).filter(({ lastAccessTime }) => lastAccessTime && tsToMs(lastAccessTime) >= since);
    return seen.map(({ identity }) => identity ?? '');
  }

  private async service(name: ServiceName): Promise<boolean> {
    const url = this.config.serviceUrls[name];
    if (url === undefined) return false;
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(withinMs) });
    await response.body?.cancel();
    return response.ok;
  }
}
