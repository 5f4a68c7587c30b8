import { Inject, Injectable } from '@nestjs/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { ordersTaskQueue } from '../../../workflows/temporal/protocol.js';
import { serviceNames, type Config, type ServiceName } from '../../config/index.js';
import { CONFIG, TEMPORAL } from '../dependencies.js';
import type { TemporalClient } from '../../temporal/connection.js';

export const partNames = ['temporal', 'worker', ...serviceNames] as const;
export type Parts = Record<(typeof partNames)[number], 'up' | 'down'>;

const withinMs = 1500;
/** A worker polls at least once a minute. */
const seenWithinMs = 75_000;
/** temporal.api.enums.v1.TaskQueueType. */
const workflowTasks = 1;

/** Checks all parts at the same time. */
@Injectable()
export class SystemParts {
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
    await this.client.withDeadline(Date.now() + withinMs, () =>
      this.client.workflowService.describeNamespace({ namespace }),
    );
    return true;
  }

  private async worker(): Promise<boolean> {
    const { pollers } = await this.client.withDeadline(Date.now() + withinMs, () =>
      this.client.workflowService.describeTaskQueue({
        namespace: this.client.options.namespace,
        taskQueue: { name: ordersTaskQueue },
        taskQueueType: workflowTasks,
      }),
    );
    const since = Date.now() - seenWithinMs;
    return (pollers ?? []).some(({ lastAccessTime }) => lastAccessTime && tsToMs(lastAccessTime) >= since);
  }

  private async service(name: ServiceName): Promise<boolean> {
    const url = this.config.serviceUrls[name];
    if (url === undefined) return false;
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(withinMs) });
    await response.body?.cancel();
    return response.ok;
  }
}
