import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Runtime, type Logger } from '@temporalio/worker';

/**
 * Installs the SDK's runtime of this program, once. On SIGINT and SIGTERM the runtime itself stops the workers.
 *
 * @returns where the SDK's metrics are: a port on loopback that nobody else needs to know.
 */
export async function installRuntime(logger: Logger): Promise<{ sdkMetricsUrl: string }> {
  // The SDK cannot say which port it took, so it is told a free one. It keeps sums, and JavaScript has nothing to do for each call: with
  // the SDK's buffer of metrics, this program would handle hundreds of updates for each order.
  const address = `127.0.0.1:${await freePort()}`;
  Runtime.install({
    logger,
    shutdownSignals: ['SIGINT', 'SIGTERM'],
    telemetryOptions: {
      metrics: { prometheus: { bindAddress: address } },
      // Otherwise the native part of the SDK writes lines of its own format beside the log.
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
    },
  });
  return { sdkMetricsUrl: `http://${address}/metrics` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
