import { createHash } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { ordersTaskQueue, serviceTaskQueue } from '../../workflows/temporal/protocol.js';
import type { ServiceActivities } from './activities.js';
import { workflowBundle } from './bundle.js';

export interface WorkersOptions {
  connection: NativeConnection;
  namespace: string;
  activities: ServiceActivities['byService'];
  /** Bundled workflow code; that of this checkout unless given. */
  workflowBundle?: { code: string };
}

/**
 * One worker for the runs and their short calls, and one for each service's queued calls: a service that hangs fills its own
 * queue and no other.
 */
export async function createWorkers(options: WorkersOptions): Promise<Worker[]> {
  const { connection, namespace, activities } = options;
  const bundle = options.workflowBundle ?? (await workflowBundle());
  // Tells in each workflow task of each history which workflow code it ran; the SDK's own is 90 bytes long, and is written twice a task.
  const buildId = createHash('sha256').update(bundle.code).digest('hex').slice(0, 8);
  const common = {
    connection,
    namespace,
    shutdownGraceTime: '10s' as const,
    workerDeploymentOptions: {
      version: { deploymentName: 'orderflow', buildId },
      useWorkerVersioning: false as const,
    },
  };
  const orders = Worker.create({
    ...common,
    taskQueue: ordersTaskQueue,
    workflowBundle: bundle,
    // Local activities are the runs' own short calls; this worker polls for no others.
    activities: Object.assign({}, ...Object.values(activities)) as object,
    // A task is a chain of short calls. Few at a time end in time each, also where the machine is short of CPU; what waits, waits on the
    // server, where no clock runs against it.
    maxConcurrentWorkflowTaskExecutions: 12,
    maxConcurrentLocalActivityExecutions: 200,
    maxConcurrentActivityTaskExecutions: 1,
  });
  const services = Object.entries(activities).map(([service, operations]) =>
    Worker.create({
      ...common,
      taskQueue: serviceTaskQueue(service),
      activities: operations,
      maxConcurrentActivityTaskExecutions: 50,
    }),
  );
  return Promise.all([orders, ...services]);
}

/** Runs them until one ends or `stop` is asked for; then all of them end, each with its grace time. */
export async function runWorkers(workers: readonly Worker[], onRunning: () => void): Promise<void> {
  const stopAll = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map((worker) => worker.run().finally(stopAll));
  onRunning();
  await Promise.all(runs);
}
