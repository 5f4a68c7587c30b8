import { createHash } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { defined } from '../../contracts/defined.js';
import { ordersTaskQueue, serviceTaskQueue } from '../../workflows/temporal/protocol.js';
import type { Config } from '../config/index.js';
import { dataConverter } from '../temporal/payload-codecs.js';
import type { ServiceActivities } from './activities.js';
import { workflowBundle } from './bundle.js';
import type { Deployment } from './versioning.js';

export interface WorkersOptions {
  connection: NativeConnection;
  namespace: string;
  activities: ServiceActivities['byService'];
  sizes: Config['worker'];
  /** Bundled workflow code. By default that of this checkout. */
  workflowBundle?: { code: string };
  /** By default a build without versioning, named after the workflow code. */
  deployment?: Deployment;
  /** The name at the queues of the services: see src/temporal/worker-identity.ts. */
  identity?: string;
}

/** The first worker runs the workflow code. */
export type Workers = readonly [Worker, ...Worker[]];

/**
 * Creates one worker for the runs and their short calls, and one for the queued calls of each service. A service that hangs fills only
 * its own queue.
 */
export async function createWorkers(options: WorkersOptions): Promise<Workers> {
  const { connection, namespace, activities, sizes } = options;
  const bundle = options.workflowBundle ?? (await workflowBundle());
  const { name, buildId, isVersioned } = options.deployment ?? deploymentOf(bundle);
  const version = { deploymentName: name, buildId };
  const common = {
    connection,
    namespace,
    dataConverter,
    shutdownGraceTime: '10s' as const,
    // An open order moves to the version that is current or ramping at its next step.
    workerDeploymentOptions: isVersioned
      ? { version, useWorkerVersioning: true as const, defaultVersioningBehavior: 'AUTO_UPGRADE' as const }
      : { version, useWorkerVersioning: false as const },
  };
  const orders = Worker.create({
    ...common,
    taskQueue: ordersTaskQueue,
    workflowBundle: bundle,
    // The short calls of the runs are local activities. This worker polls for no other activities.
    activities: Object.assign({}, ...Object.values(activities)) as object,
    // A workflow task is a chain of short calls. If few run at a time, each ends in time, even on a machine that is short of CPU. The
    // others wait on the server, where no timeout runs against them, and which serves the shops in turn.
    maxConcurrentWorkflowTaskExecutions: sizes.slots,
    maxCachedWorkflows: sizes.cachedRuns,
    // An idle poll holds a slot. The SDK's default would keep eight of them for runs that are in memory, and two for all others.
    maxConcurrentWorkflowTaskPolls: 4,
    nonStickyToStickyPollRatio: 0.5,
    maxConcurrentLocalActivityExecutions: 200,
    maxConcurrentActivityTaskExecutions: 1,
  });
  const services = Object.entries(activities).map(([service, operations]) =>
    Worker.create({
      ...common,
      ...defined({ identity: options.identity }),
      taskQueue: serviceTaskQueue(service),
      activities: operations,
      maxConcurrentActivityTaskExecutions: 50,
      maxConcurrentActivityTaskPolls: 2,
    }),
  );
  return Promise.all([orders, ...services]);
}

/**
 * The version of a worker. Histories show its build with each workflow task: by default a digest of the workflow code, which is all that
 * matters to a replay. The SDK's default id has 90 bytes and is written twice for each task.
 */
export function deploymentOf(bundle: { code: string }, configured: Partial<Deployment> = {}): Deployment {
  return { name: 'orderflow', buildId: digestOf(bundle), isVersioned: false, ...configured };
}

function digestOf({ code }: { code: string }): string {
  return createHash('sha256').update(code).digest('hex').slice(0, 8);
}

/** Runs the workers until one of them ends. Then all of them shut down, each with its grace time. */
export async function runWorkers(workers: readonly Worker[], onRunning: () => void): Promise<void> {
  const stopAll = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map((worker) => worker.run().finally(stopAll));
  onRunning();
  await Promise.all(runs);
}
