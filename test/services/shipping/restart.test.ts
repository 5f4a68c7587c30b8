import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { shippingClient } from '../../../services/shipping/client.js';
import { ensureBuilt, root } from '../../../tools/local/build.mjs';
import { freePort } from '../../../tools/local/ports.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { Receiver, secret } from './receiver.js';
import { booking } from './shipping.js';
import { serviceToken } from '../../support/service-token.js';

let database: TestDatabase;
let receiver: Receiver;
const running = new Set<ChildProcess>();
beforeAll(() => ensureBuilt(), 120_000);
beforeEach(async () => {
  database = await createDatabase();
  receiver = await new Receiver().start();
});
afterEach(async () => {
  await Promise.all([...running].map((service) => end(service, 'SIGKILL')));
  await receiver.stop();
  await database.drop();
});

async function start(port: number): Promise<ChildProcess> {
  const service = fork(join(root, 'dist/services/shipping/main.js'), {
    env: {
      DATABASE_URL: database.url,
      PORT: String(port),
      SERVICE_TOKEN: serviceToken,
      CARRIER_SIMULATOR: 'true',
      CARRIER_WEBHOOK_SECRET: secret,
      ORDERFLOW_URL: new URL(receiver.url).origin,
      LOG_LEVEL: 'error',
    },
    execArgv: [],
  });
  running.add(service);
  const [first] = (await Promise.race([once(service, 'message'), once(service, 'exit')])) as unknown[];
  expect(first).toBe('ready');
  return service;
}

async function end(service: ChildProcess, signal: NodeJS.Signals) {
  const ended = once(service, 'exit');
  if (!running.delete(service) || !service.kill(signal)) return undefined;
  const [code, by] = (await ended) as [number | null, string | null];
  return { code, signal: by };
}

it('after a restart, sends what became due while the program was down, and what it was sending when it was killed', async () => {
  const port = await freePort();
  const first = await start(port);
  const client = shippingClient({ baseUrl: `http://127.0.0.1:${port}`, token: serviceToken });
  await client.book(booking('told'));
  await receiver.next(({ body }) => body.type === 'shipment.delivered');

  // From here on the receiver does not answer, so the program is killed while it sends.
  const heard = new Promise<void>((resolve) => {
    receiver.answer = () => {
      resolve();
      return 'hold';
    };
  });
  await client.book(booking('half-told'));
  await heard;
  await client.book(booking('untold'));
  expect(await end(first, 'SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  await client.close();

  receiver.answer = () => 200;
  await start(port);
  // The message without an answer is sent again when the lease of the killed program has ended.
  await receiver.next(() => receiver.about('half-told-east').length === 3, 20_000);
  await receiver.next(() => receiver.about('untold-east').length === 2);
  const ids = (shipmentId: string) => new Set(receiver.about(shipmentId).map(({ id }) => id));
  expect(ids('half-told-east').size).toBe(2);
  expect(ids('untold-east').size).toBe(2);
  expect(receiver.about('told-east')).toHaveLength(2);
}, 60_000);

it('stops cleanly on SIGTERM', async () => {
  const service = await start(await freePort());
  expect(await end(service, 'SIGTERM')).toEqual({ code: 0, signal: null });
});
