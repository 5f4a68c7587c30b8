import { DefaultLogger, NativeConnection } from '@temporalio/worker';
import { pino } from 'pino';
import { bulkActivities } from '../../../activities/bulk.js';
import { ordersActivities } from '../../../activities/orders.js';
import { ordersClient } from '../../../services/orders/client.js';
import { loadConfig } from '../../../src/config/index.js';
import type { ServiceActivities } from '../../../src/worker/activities.js';
import { workflowBundle as ownBundle } from '../../../src/worker/bundle.js';
import { FailingRuns } from '../../../src/worker/failing-runs.js';
import { WorkerMetrics } from '../../../src/worker/metrics.js';
import { installRuntime } from '../../../src/worker/runtime.js';
import { ownPublication } from '../../../src/worker/own-publication.js';
import { ServiceFigures } from '../../../src/worker/service-figures.js';
import { commandSender } from '../../../src/worker/send-command.js';
import { serveWorker, type WorkerReadiness } from '../../../src/worker/serve.js';
import { routingOf, type Deployment } from '../../../src/worker/versioning.js';
import { identityOf } from '../../../src/temporal/worker-identity.js';
import { createWorkers, deploymentOf, runWorkers, type Workers } from '../../../src/worker/workers.js';
import type { Behaviour } from '../../workflows/fake-services.js';
import { FakeWorld } from '../../workflows/fake-world.js';
import type { ApiSystem } from './system.js';
import { serviceToken } from '../../support/service-token.js';

const { sdkMetricsUrl } = await installRuntime(new DefaultLogger('ERROR'));

/** The fake services of a system: they outlive its workers. */
const worlds = new WeakMap<ApiSystem, FakeWorld>();

export interface TestWorker {
  services: FakeWorld;
  /** What GET /services of the worker reports. The fake services are not counted. */
  figures: ServiceFigures;
  /** GET /health/ready of the worker. */
  ready: () => Promise<{ status: number; body: WorkerReadiness }>;
  /** GET /metrics of the worker. The metrics of the SDK count what all workers of this process did. */
  metrics: () => Promise<string>;
  stop: () => Promise<void>;
}

/**
 * Runs the real workflows with the real order book, until it is stopped or the system is closed. The other four services are faked as healthy;
 * `overrides` replace single calls.
 *
 * @param workflowBundle workflow code to use instead of this checkout's
 * @param version the build and its versioning, where they matter
 */
export async function startWorker(
  system: ApiSystem,
  overrides: Behaviour = {},
  workflowBundle?: { code: string },
  version: Partial<Deployment> = {},
): Promise<TestWorker> {
  const connection = await NativeConnection.connect({ address: system.temporal.address });
  const book = ordersClient({ baseUrl: system.book.url, token: serviceToken });
  const services = worlds.get(system) ?? new FakeWorld();
  worlds.set(system, services);
  services.behave(overrides);
  const publishing = Object.fromEntries(
    Object.entries(ordersActivities(book, ownPublication)).map(([name, run]) => [
      `orders.${name}`,
      run as (input: never) => Promise<unknown>,
    ]),
  );
  const { sendBulkPage } = bulkActivities(book, commandSender(connection, system.temporal.namespace));
  const bulk = { 'orders.sendBulkPage': sendBulkPage };
  const bookOverrides = Object.fromEntries(Object.entries(overrides).filter(([type]) => type.startsWith('orders.')));
  const bundle = workflowBundle ?? (await ownBundle());
  const { namespace } = system.temporal;
  const deployment = deploymentOf(bundle, version);
  const { buildId } = deployment;
  const failingRuns = new FailingRuns({ connection, namespace, buildId, log: pino({ level: 'silent' }) });
  let workers: Workers | undefined;
  const figures = new ServiceFigures();
  const server = await serveWorker({
    host: '127.0.0.1',
    port: 0,
    buildId,
    routing: () => routingOf(connection, namespace, deployment),
    failingRuns,
    metrics: new WorkerMetrics(sdkMetricsUrl, figures),
    figures,
    isPolling: () => workers?.every((worker) => worker.getState() === 'RUNNING') ?? false,
  });
  const started = (workers = await createWorkers({
    connection,
    namespace,
    activities: byService({ ...services.activities, ...publishing, ...bulk, ...bookOverrides }),
    sizes: loadConfig({}).worker,
    workflowBundle: bundle,
    deployment,
    identity: identityOf(server.url),
  }));
  failingRuns.watch(started[0]);
  let stopped: Promise<void>;
  await new Promise<void>((running) => {
    stopped = runWorkers(started, running);
  });
  const worker: TestWorker = {
    services,
    figures,
    ready: async () => {
      const answer = await fetch(`${server.url}/health/ready`);
      return { status: answer.status, body: (await answer.json()) as WorkerReadiness };
    },
    metrics: async () => (await fetch(`${server.url}/metrics`)).text(),
    stop: async () => {
      system.workers.delete(worker);
      for (const each of started) if (each.getState() === 'RUNNING') each.shutdown();
      await stopped;
      await server.close();
      await book.close();
      await connection.close();
    },
  };
  system.workers.add(worker);
  return worker;
}

function byService({ default: unregistered, ...activities }: Record<string, unknown>): ServiceActivities['byService'] {
  const services: Record<string, Record<string, unknown>> = {};
  for (const [type, run] of Object.entries(activities)) {
    const [service] = type.split('.') as [string];
    (services[service] ??= { default: unregistered })[type] = run;
  }
  return services as ServiceActivities['byService'];
}
