import { Runtime } from '@temporalio/worker';
import pino from 'pino';
import { loadConfigOrExit, serviceUrlSettings } from '../config/index.js';
import { retentionWarning } from '../temporal/namespace.js';
import { connectNative } from '../temporal/native-connection.js';
import { createActivities } from './activities.js';
import { temporalLogger } from './log.js';
import { recordStackTraces } from './stack-traces.js';
import { createWorkers, runWorkers } from './workers.js';

const config = loadConfigOrExit([...serviceUrlSettings, 'SERVICE_TOKEN']);
const log = pino({ name: 'worker', level: config.logLevel });

// On SIGINT and SIGTERM the runtime itself stops the workers. The code below only waits for them and closes what they used.
Runtime.install({
  logger: temporalLogger(log),
  shutdownSignals: ['SIGINT', 'SIGTERM'],
});
recordStackTraces(config.workflowStackTraces);

const connection = await connectNative(config);
const activities = createActivities(config.serviceUrls, config.serviceToken, (service, isOpen) => {
  if (isOpen) log.warn({ service }, 'the service does not answer: its calls go through its task queue');
  else log.info({ service }, 'the service answers again');
});
try {
  const workers = await createWorkers({
    connection,
    namespace: config.temporal.namespace,
    activities: activities.byService,
    sizes: config.worker,
  });
  await runWorkers(workers, () => {
    log.info({ queues: workers.map((w) => w.options.taskQueue) }, 'polling');
    process.send?.('ready');
    void warnOfShortRetention();
  });
} finally {
  await activities.close();
  await connection.close();
  process.disconnect?.();
}

async function warnOfShortRetention(): Promise<void> {
  try {
    const warning = await retentionWarning(connection, config.temporal.namespace, config.deadlines.returnWindowMs);
    if (warning !== undefined) log.warn(warning);
  } catch (error) {
    log.info({ err: error }, 'how long the namespace keeps histories cannot be asked');
  }
}
