import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { lazyClient } from '../../src/temporal/connection.js';

it('a connection that is closed while a call waits for its next attempt ends the call, and throws nothing', async () => {
  // It accepts connections and ends them, so each call fails and is made again.
  const server = createServer((socket: Socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = lazyClient(loadConfig({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` }));
  // What a timer throws reaches nobody else.
  const thrown: Error[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => thrown.push(error));
  try {
    const { namespace } = client.options;
    const ended = client.workflowService.describeNamespace({ namespace }).then(
      () => undefined,
      (error: Error) => error,
    );
    // The first attempt has failed; the SDK makes the next one 100 ms later at the earliest.
    await once(server, 'connection');
    await client.connection.close();
    // Without an end of the call, the error of the timer would be seen.
    await Promise.race([ended, once(process, 'uncaughtException'), sleep(20_000, undefined, { ref: false })]);
    expect(thrown).toEqual([]);
    expect(await ended).toMatchObject({ code: 1 });
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const each of others) process.on('uncaughtException', each);
    server.close();
  }
}, 30_000);
