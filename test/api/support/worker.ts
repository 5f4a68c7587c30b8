import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { defined } from '../../../contracts/defined.js';
import { ordersActivities } from '../../../activities/orders.js';
import { ordersClient } from '../../../services/orders/client.js';
import { loadConfig } from '../../../src/config/index.js';
import type { ServiceActivities } from '../../../src/worker/activities.js';
import { createWorkers, runWorkers } from '../../../src/worker/workers.js';
import type { Behaviour } from '../../workflows/fake-services.js';
import { FakeWorld } from '../../workflows/fake-world.js';
import type { ApiSystem } from './system.js';
import { serviceToken } from '../../support/service-token.js';

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** The fake services of a system: they outlive its workers. */
const worlds = new WeakMap<ApiSystem, FakeWorld>();

export interface TestWorker {
  services: FakeWorld;
  stop: () => Promise<void>;
}

/**
 * Runs the real workflows with the real order book. The other four services are faked as healthy; `overrides` replace single calls.
 *
 * @param workflowBundle workflow code to use instead of this checkout's
 */
export async function startWorker(
  system: ApiSystem,
  overrides: Behaviour = {},
  workflowBundle?: { code: string },
): Promise<TestWorker> {
  const connection = await NativeConnection.connect({ address: system.temporal.address });
  const book = ordersClient({ baseUrl: system.book.url, token: serviceToken });
  const services = worlds.get(system) ?? new FakeWorld();
  worlds.set(system, services);
  services.behave(overrides);
  const publishing = Object.fromEntries(
    Object.entries(ordersActivities(book)).map(([name, run]) => [
      `orders.${name}`,
      run as (input: never) => Promise<unknown>,
    ]),
  );
  const bookOverrides = Object.fromEntries(Object.entries(overrides).filter(([type]) => type.startsWith('orders.')));
  const workers = await createWorkers({
    connection,
    namespace: system.temporal.namespace,
    activities: byService({ ...services.activities, ...publishing, ...bookOverrides }),
    sizes: loadConfig({}).worker,
    ...defined({ workflowBundle }),
  });
  let stopped: Promise<void>;
  await new Promise<void>((running) => {
    stopped = runWorkers(workers, running);
  });
  return {
    services,
    stop: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await stopped;
      await book.close();
      await connection.close();
    },
  };
}

function byService({ default: unregistered, ...activities }: Record<string, unknown>): ServiceActivities['byService'] {
  const services: Record<string, Record<string, unknown>> = {};
  for (const [type, run] of Object.entries(activities)) {
    const [service] = type.split('.') as [string];
    (services[service] ??= { default: unregistered })[type] = run;
  }
  return services as ServiceActivities['byService'];
}
