import pino from 'pino';
import { loadConfigOrExit, serviceUrlSettings } from '../config/index.js';
import { connectNative } from '../temporal/native-connection.js';
import { retentionWarning } from '../temporal/namespace.js';
import { waitForTemporal } from '../temporal/wait-for-temporal.js';
import { createActivities } from './activities.js';
import { withBulk } from './bulk.js';
import { workflowBundle } from './bundle.js';
import { FailingRuns } from './failing-runs.js';
import { temporalLogger } from './log.js';
import { WorkerMetrics } from './metrics.js';
import { installRuntime } from './runtime.js';
import { serveWorker } from './serve.js';
import { ServiceFigures } from './service-figures.js';
import { recordStackTraces } from './stack-traces.js';
import { routingOf } from './versioning.js';
import { createWorkers, deploymentOf, runWorkers, type Workers } from './workers.js';
import { identityOf } from '../temporal/worker-identity.js';

const config = loadConfigOrExit([...serviceUrlSettings, 'SERVICE_TOKEN']);
const log = pino({ name: 'worker', level: config.logLevel });

// On SIGINT and SIGTERM the runtime itself stops the workers. The code below only waits for them and closes what they used.
const { sdkMetricsUrl } = await installRuntime(temporalLogger(log));
recordStackTraces(config.workflowStackTraces);

const bundle = await workflowBundle();
const deployment = deploymentOf(bundle, config.workerDeployment);
const { buildId } = deployment;
// The runtime stops only workers that exist. Until then, a signal ends the wait for Temporal.
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
const connecting = waitForTemporal(config, log, stopping.signal, () => connectNative(config));
const connection = await connecting.catch((error: unknown) => {
  if (!stopping.signal.aborted) throw error;
  log.info('stopped before Temporal answered');
  process.exit(0);
});
const figures = new ServiceFigures();
const breakerChanged = (service: string, isOpen: boolean): void => {
  if (isOpen) log.warn({ service }, 'the service does not answer: its calls go through its task queue');
  else log.info({ service }, 'the service answers again');
};
const { namespace } = config.temporal;
const activities = withBulk(createActivities(config.serviceUrls, config.serviceToken, breakerChanged, figures), {
  connection,
  namespace,
  url: config.serviceUrls.orders,
  token: config.serviceToken,
});
const failingRuns = new FailingRuns({ connection, namespace, buildId, log });
let workers: Workers | undefined;
const server = await serveWorker({
  host: config.host,
  port: config.workerPort,
  buildId,
  routing: () => routingOf(connection, namespace, deployment),
  failingRuns,
  metrics: new WorkerMetrics(sdkMetricsUrl, figures),
  figures,
  isPolling: () => workers?.every((worker) => worker.getState() === 'RUNNING') ?? false,
});
try {
  workers = await createWorkers({
    connection,
    namespace,
    activities: activities.byService,
    sizes: config.worker,
    workflowBundle: bundle,
    deployment,
    identity: identityOf(server.url),
  });
  failingRuns.watch(workers[0]);
  if (!stopping.signal.aborted) {
    await runWorkers(workers, () => {
      log.info({ url: server.url, build: buildId, queues: workers?.map((w) => w.options.taskQueue) }, 'polling');
      process.send?.('ready');
      void warnOfShortRetention();
      void sayWhichOrdersCome();
    });
  }
} finally {
  await server.close();
  await activities.close();
  await connection.close();
  process.disconnect?.();
}

async function warnOfShortRetention(): Promise<void> {
  try {
    const warning = await retentionWarning(connection, namespace, config.deadlines.returnWindowMs);
    if (warning !== undefined) log.warn(warning);
  } catch (error) {
    log.info({ err: error }, 'how long the namespace keeps histories cannot be asked');
  }
}

async function sayWhichOrdersCome(): Promise<void> {
  try {
    const routed = await routingOf(connection, namespace, deployment);
    if (routed?.advice !== undefined) log.warn(routed.routing, routed.advice);
    else if (routed) log.info(routed.routing, 'orders come to this version');
  } catch (error) {
    log.info({ err: error }, 'which orders come to this version cannot be asked');
  }
}
