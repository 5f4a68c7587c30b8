import { setTimeout as sleep } from 'node:timers/promises';
import type { Contract } from '../../../services/support/operation.js';
import { serviceClient, type ServiceClient } from '../../../services/support/client.js';
import { startService, type RunningService, type ServiceDefinition } from '../../../services/support/run.js';
import { createDatabase } from '../../support/postgres.js';
import { serviceToken } from '../../support/service-token.js';
import { notSo } from '../../support/until.js';

export interface ServiceUnderTest<C extends Contract> {
  url: string;
  databaseUrl: string;
  client: ServiceClient<C>;
  running: RunningService;
  stop: () => Promise<void>;
}

/** A real service on a free port and an empty database, and a client of it. */
export async function startForTest<C extends Contract>(service: ServiceDefinition<C>): Promise<ServiceUnderTest<C>> {
  const database = await createDatabase();
  const settings = { databaseUrl: database.url, serviceToken, port: 0, host: '127.0.0.1', logLevel: 'silent' };
  const running = await startService(service, settings);
  const client = serviceClient(service.contract, { service: service.name, baseUrl: running.url, token: serviceToken });
  return {
    url: running.url,
    databaseUrl: database.url,
    client,
    running,
    stop: async () => {
      // The service first: requests in flight are still answered.
      await running.close();
      await client.close();
      await database.drop();
    },
  };
}

/** Polls until the condition holds. The error says what it waited for and what it found instead. */
export async function eventually<T>(ask: () => Promise<T>, isThere: (value: T) => boolean, withinMs = 10_000) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (isThere(value)) return value;
    if (Date.now() > deadline) throw new Error(notSo(isThere, withinMs, value));
    await sleep(25);
  }
}
