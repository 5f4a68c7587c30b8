import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ordersClient, type OrdersClient } from '../../services/orders/client.js';
import { userEnvironment } from '../../src/config/index.js';
import { programs } from '../../tools/local/parts.js';
import { freePort } from '../../tools/local/ports.js';
import { preparePostgres } from '../../tools/local/postgres.js';
import { launch, type Child } from '../../tools/local/program.js';
import { readyByMessage } from '../../tools/local/readiness.js';

export interface OwnBook {
  client: OrdersClient;
  databaseUrl: string;
  /** Of PostgreSQL and of the orders service. */
  pids: { postgres: number; service: number };
  /** Stops both, and removes the data. */
  close: () => Promise<void>;
}

/** A PostgreSQL and an orders service as programs of their own, with an empty book. */
export async function startOwnBook(): Promise<OwnBook> {
  const dir = await mkdtemp(join(tmpdir(), 'orderflow-list-'));
  await chmod(dir, 0o755); // As root, PostgreSQL runs as another user, which needs access.
  const children: Child[] = [];
  const stop = async () => {
    for (const child of children.reverse()) await child.stop();
    await rm(dir, { recursive: true, force: true });
  };
  const begin = async (name: string, program: Parameters<typeof launch>[1]) => {
    const child = await launch(name, program);
    children.push(child);
    await child.ready;
    return child.pid;
  };
  try {
    const server = await preparePostgres({ dir, port: await freePort() });
    const postgres = await begin('postgres', server);
    const port = await freePort();
    const token = randomBytes(24).toString('base64url');
    const service = await begin('orders', {
      command: process.execPath,
      args: [join(programs, 'services/orders/main.js')],
      env: {
        ...userEnvironment(),
        DATABASE_URL: server.url,
        SERVICE_TOKEN: token,
        HOST: '127.0.0.1',
        PORT: String(port),
        LOG_LEVEL: 'warn',
      },
      ipc: true,
      ready: readyByMessage,
      stopSignal: 'SIGTERM',
      graceMs: 10_000,
    });
    const client = ordersClient({ baseUrl: `http://127.0.0.1:${port}`, token, timeoutMs: 60_000 });
    return {
      client,
      databaseUrl: Object.assign(new URL(server.url), { pathname: '/orderflow_orders' }).href,
      pids: { postgres, service },
      close: async () => {
        await client.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
