import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { serviceNames } from '../../src/config/index.js';
import { ordersTaskQueue, serviceTaskQueue } from '../../workflows/temporal/protocol.js';
import type { WorldActivities } from './fake-world.js';

/**
 * Starts one worker for the runs and their local activities, and one for the queued activities of each service. All have the same
 * activities.
 *
 * @returns a function that stops them.
 */
export async function startWorkers(
  connection: NativeConnection,
  workflowBundle: { code: string },
  activities: WorldActivities,
): Promise<() => Promise<void>> {
  const workers = await Promise.all([
    Worker.create({ connection, taskQueue: ordersTaskQueue, workflowBundle, activities }),
    ...serviceNames.map((s) => Worker.create({ connection, taskQueue: serviceTaskQueue(s), activities })),
  ]);
  const running = workers.map((worker) => worker.run());
  return async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  };
}
