import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { localRetentionMs, retentionMs, retentionWarning } from '../../../src/temporal/namespace.js';
import { registerSearchAttributes } from '../../../src/temporal/search-attributes.js';
import { startDevServer } from '../../support/dev-server.js';
import { timeSkippingEnvironment } from '../../support/time-skipping.js';
import { until } from '../../support/until.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it('the local server keeps histories for 45 days and knows the search attributes, also after a restart', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'orderflow-test-temporal-'));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  for (const start of ['first', 'second']) {
    const server = await startDevServer({ dir });
    cleanups.push(() => server.stop());
    expect(await retentionMs(server.connection, 'default'), start).toBe(localRetentionMs);
    const { customAttributes } = await server.connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(customAttributes).toMatchObject({ OrderStatus: 2, CustomerId: 2, ShopId: 2, FailureCode: 2, OrderTotal: 3 });
    await registerSearchAttributes(server.connection, 'default'); // A second registration changes nothing.
    expect(await retentionWarning(server.connection, 'default', localRetentionMs)).toBeUndefined();
    expect(await retentionWarning(server.connection, 'default', localRetentionMs * 2)).toMatch(/45 days.*90 days.*90d/);
    await cleanups.pop()?.();
  }
});

it('the local server goes on when callers give up while it reads its database', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'orderflow-test-temporal-'));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  const server = await startDevServer({ dir });
  cleanups.push(() => server.stop());
  const { client } = server;
  const run = await client.workflow.start('noWorkerHasThis', { workflowId: 'read', taskQueue: 'none' });
  const read = (withinMs: number) => client.withDeadline(Date.now() + withinMs, () => run.describe());
  const givesUp = async () => {
    for (let calls = 0; calls < 60; calls += 1) await read(1 + Math.random() * 15).catch(() => undefined);
  };
  await Promise.all(Array.from({ length: 16 }, givesUp));
  expect((await until(() => read(2_000))).workflowId).toBe('read');
}, 60_000);

it('days pass in a moment on the test server', async () => {
  const env = await timeSkippingEnvironment();
  cleanups.push(() => env.teardown());
  const before = await env.currentTimeMs();
  await env.sleep('14 days');
  expect((await env.currentTimeMs()) - before).toBeGreaterThanOrEqual(14 * 86_400_000);
});
