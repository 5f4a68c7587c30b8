import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ServiceList } from '../../contracts/services.schema.js';
import { serviceList } from '../../contracts/services.schema.js';
import { serviceNames } from '../../src/config/index.js';
import { thisWorker, identityOf, readIdentity } from '../../src/temporal/worker-identity.js';
import { until } from '../support/until.js';
import type { Problem } from './support/caller.js';
import { nowhere, startApi, startSystem, type ApiSystem } from './support/system.js';
import { startWorker } from './support/worker.js';
import { Caller } from './support/caller.js';
import { keys } from './support/system.js';

let system: ApiSystem;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.close());

/** An answer that is not one of the last second. */
const services = (test: (list: ServiceList) => boolean) =>
  until(async () => {
    const { status, body } = await system.as('operator').get<ServiceList>('/v1/services');
    expect(status).toBe(200);
    return test(serviceList.parse(body)) ? body : undefined;
  });
const only = ({ items }: ServiceList, name: string) => items.find((each) => each.name === name)!;
const unknown = { breaker: null, openBreakers: 0, calls: null, errorRate: null, latencyMs: null, inProgress: null };

it('a key of a shop may not ask, whatever its role may do', async () => {
  const { status, body } = await system.as('shop').get<Problem>('/v1/services');
  expect([status, body.code]).toEqual([403, 'forbidden']);
  expect((await system.as('shopOperator').get('/v1/services')).status).toBe(200);
});

it('without a worker, the figures of calls are not known', async () => {
  const list = await services(() => true);
  expect(list).toMatchObject({ windowSeconds: 60, workers: { answered: 0, silent: 0 } });
  expect(list.items.map(({ name }) => name)).toEqual(serviceNames);
  expect(only(list, 'orders')).toMatchObject({ state: 'up', ...unknown, retrying: null, waiting: 0 });
  expect(only(list, 'payment')).toMatchObject({ state: 'down' });
});

it('without Temporal, what waits is not known either', async () => {
  const api = await startApi(nowhere, system.book.url);
  try {
    const { status, body } = await new Caller(api.url, keys.operator).get<ServiceList>('/v1/services');
    expect(status).toBe(200);
    expect(only(body, 'orders')).toMatchObject({ state: 'up', ...unknown, waiting: null });
  } finally {
    await api.close();
  }
});

it(
  'the figures of all workers are added, and a worker that does not answer is told',
  { timeout: 120_000 },
  async () => {
    const [first, second] = [await startWorker(system), await startWorker(system)];
    try {
      first.figures.breakerChanged('payment', true);
      // Ten calls, of which one fails and is retried, and one that goes on.
      const begin = (attempt = 1) => second.figures.observerOf('payment')({ queuedId: `call-${attempt}`, attempt });
      for (let n = 0; n < 7; n += 1) begin()({ outcome: 'answered', ms: 10 });
      begin()({ outcome: 'rejected', ms: 10 });
      begin(7)({ outcome: 'failed', ms: 2000, retryInMs: 600_000 });
      first.figures.observerOf('payment')({ attempt: 1 })({ outcome: 'answered', ms: 10 });
      begin(2);
      const list = await services(({ workers }) => workers.answered === 2);
      expect(only(list, 'payment')).toEqual({
        name: 'payment',
        state: 'down',
        breaker: 'open',
        openBreakers: 1,
        calls: { answered: 8, rejected: 1, failed: 1 },
        errorRate: 0.1,
        latencyMs: { p50: 10, p95: 1932 },
        inProgress: 1,
        // The one in its pause, and the one that is made for the second time.
        retrying: 2,
        waiting: 0,
      });
      expect(only(list, 'shipping')).toMatchObject({
        breaker: 'closed',
        errorRate: null,
        latencyMs: null,
        retrying: 0,
      });

      await second.stop();
      const after = await services(({ workers }) => workers.silent === 1);
      expect(after.workers.answered).toBe(1);
      expect(only(after, 'payment')).toMatchObject({ calls: { answered: 1, rejected: 0, failed: 0 } });
      expect(await first.metrics()).toContain('orderflow_service_breaker_open{service="payment"} 1');
      expect(await first.metrics()).toContain('orderflow_service_calls_total{service="payment",outcome="answered"} 1');
    } finally {
      await first.stop();
    }
  },
);

it('a worker says under which URL others reach it', () => {
  expect(readIdentity(identityOf('http://127.0.0.1:4000'))).toEqual({
    worker: thisWorker,
    url: 'http://127.0.0.1:4000',
  });
  const everywhere = readIdentity(identityOf('http://0.0.0.0:4000'));
  expect(everywhere.url).toMatch(/^http:\/\/(?!0\.0\.0\.0)[\d.]+:4000$/);
  for (const other of ['4711@elsewhere', '4711@elsewhere file:///etc/passwd', '4711@elsewhere http://x/a?b']) {
    expect(readIdentity(other)).toEqual({ worker: other });
  }
});
