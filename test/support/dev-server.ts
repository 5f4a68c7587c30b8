import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { freePort } from '../../tools/local/ports.js';
import { launch } from '../../tools/local/program.js';
import { findTemporalCli } from '../../tools/local/temporal-cli.js';
import { prepareTemporalServer } from '../../tools/local/temporal-server.js';

export interface DevServer {
  address: string;
  namespace: 'default';
  /** Undefined when the server runs without the Web UI. */
  uiUrl?: string;
  pid: number;
  connection: Connection;
  client: Client;
  stop: () => Promise<void>;
}

/**
 * Starts a real Temporal server with the settings of `npm start`, on free ports, in memory unless `dir` is given.
 *
 *     const server = await startDevServer();
 *     afterAll(() => server.stop());
 */
export async function startDevServer({ dir, ui = false }: { dir?: string; ui?: boolean } = {}): Promise<DevServer> {
  const [port, uiPort] = await Promise.all([freePort(), freePort()]);
  const program = await prepareTemporalServer({
    cli: await findTemporalCli(),
    port,
    ...(ui ? { uiPort } : {}),
    ...(dir === undefined ? {} : { databaseFile: join(dir, 'temporal.db') }),
  });
  const running = await launch('temporal', program);
  await running.ready;
  const address = `127.0.0.1:${port}`;
  const connection = await Connection.connect({ address });
  return {
    address,
    namespace: 'default',
    ...(ui ? { uiUrl: `http://127.0.0.1:${uiPort}` } : {}),
    pid: running.pid,
    connection,
    client: new Client({ connection, namespace: 'default' }),
    stop: async () => {
      await connection.close();
      await running.stop();
    },
  };
}
