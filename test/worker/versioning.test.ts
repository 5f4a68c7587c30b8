import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { workflowBundle } from '../../src/worker/bundle.js';
import { findTemporalCli } from '../../tools/local/temporal-cli.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { anOrder } from '../api/support/orders.js';
import { startSystem, type ApiSystem } from '../api/support/system.js';
import { sendWebhook } from '../api/support/webhook.js';
import { startWorker, type TestWorker } from '../api/support/worker.js';
import { blocksOf } from '../delivery/markdown.js';
import { until } from '../support/until.js';

/** Two builds side by side on a real server, with the commands of the documents: a ramp of 10, 50 and 100 %, back, and forward again. */

const run = promisify(execFile);
const deployment = (buildId: string) => ({ name: 'orderflow', buildId, isVersioned: true });

let system: ApiSystem;
let cli: string;
let bundle: { code: string };
const workers: TestWorker[] = [];
beforeAll(async () => {
  [system, cli, bundle] = await Promise.all([startSystem(), findTemporalCli(), workflowBundle()]);
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await system?.close();
});

async function start(buildId: string, code = bundle): Promise<TestWorker> {
  const worker = await startWorker(system, {}, code, deployment(buildId));
  workers.push(worker);
  return worker;
}

const commands = blocksOf('docs/rolling-out.md').map(({ code }) => code.trim());

/** Runs a command of the document: the one line that matches. */
async function temporal(pattern: RegExp, replace: Record<string, string> = {}): Promise<string> {
  const found = commands.filter((line) => pattern.test(line));
  expect(found, String(pattern)).toHaveLength(1);
  let line = found[0]!;
  for (const [from, to] of Object.entries(replace)) line = line.replace(from, to);
  const [, ...args] = line.split(' ');
  const { stdout } = await run(cli, args, { env: { ...process.env, TEMPORAL_ADDRESS: system.temporal.address } });
  return stdout;
}

/** The builds that took the workflow tasks of the order, the first one first. */
async function buildsOf(orderId: string): Promise<string[]> {
  const { events } = await system.temporal.client.workflow.getHandle(orderWorkflowId(orderId)).fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskStartedEventAttributes: task }) =>
    task ? [task.workerVersion?.buildId ?? 'none'] : [],
  );
}

/** The same keys give the same orders, and Temporal ramps by the id of the run: the share is the same in each run of this test. */
async function place(group: string, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const { status, body } = await system.as('shop').place(anOrder({ carrier: 'external' }), `${group}-${index}`);
      expect(status).toBe(201);
      return body.id;
    }),
  );
}

const read = async (id: string) => (await system.as('shop').get(`/v1/orders/${id}`)).body;
const reach = (ids: readonly string[], has: (view: OrderView) => boolean) =>
  Promise.all(ids.map((id) => until(async () => has(await read(id)), 60_000)));

/** Waits for the end of the runs: an order is completed in the order book while its last task is still under way, and the history shows a repeated task only after its end. */
const ended = (ids: readonly string[]) =>
  Promise.all(ids.map((id) => system.temporal.client.workflow.getHandle(orderWorkflowId(id)).result()));
const news = (ids: readonly string[], type: string, data: object = {}) =>
  Promise.all(ids.map((orderId) => sendWebhook(system.as(undefined), { type, data: { orderId, ...data } } as never)));
const booked = ({ shipments }: OrderView) => shipments[0]?.status === 'booked';

/** The orders whose last workflow task went to the build. */
async function onBuild(build: string, ids: readonly string[]): Promise<string[]> {
  const last = await Promise.all(ids.map(async (id) => ({ id, build: (await buildsOf(id)).at(-1) })));
  return last.filter((each) => each.build === build).map(({ id }) => id);
}

/** Repeats the command while Temporal has not yet seen all queues of the new workers. */
const ramp = (build: string, percentage: number) =>
  until(() =>
    temporal(/set-ramping-version .*--percentage 10 --yes$/, {
      NEW: build,
      'percentage 10': `percentage ${percentage}`,
    }),
  );

it('orders wait while no version is current, and the worker says so', { timeout: 60_000 }, async () => {
  const worker = await start('old');
  const { status, body } = await worker.ready();
  expect([status, body.status, body.routing]).toEqual([200, 'degraded', { role: 'inactive' }]);
  expect(body.advice).toContain(
    'temporal worker deployment set-current-version --deployment-name orderflow --build-id old',
  );
  const [first] = await place('first', 1);
  expect((await read(first!)).status).toBe('placed');
  expect(await buildsOf(first!)).toEqual([]);

  await temporal(/set-current-version .*--build-id OLD/, { OLD: 'old' });
  await reach([first!], booked);
  expect(await buildsOf(first!)).not.toContain('none');
  const known = await until(async () => {
    const now = await worker.ready();
    return now.body.status === 'up' ? now : undefined;
  });
  expect(known.body.routing).toEqual({ role: 'current', current: 'old' });
  const api = await system.as(undefined).get<{ parts: object }>('/health/ready');
  expect(api.body.parts).toMatchObject({ worker: 'up' });
});

it('a ramp of 10, 50 and 100 %, back, and forward', { timeout: 240_000 }, async () => {
  const worker = await start('new');
  expect((await worker.ready()).body).toMatchObject({ status: 'up', routing: { role: 'inactive', current: 'old' } });
  await ramp('new', 10);
  const ids = await place('ramped', 30);
  await reach(ids, booked);
  const at10 = await onBuild('new', ids);
  expect((await worker.ready()).body.routing).toMatchObject({ role: 'ramping', ramping: { percentage: 10 } });

  await ramp('new', 50);
  await news(ids, 'shipment.dispatched');
  await reach(ids, ({ shipments }) => shipments[0]?.status === 'dispatched');
  const at50 = await onBuild('new', ids);

  await ramp('new', 100);
  await news(ids, 'shipment.dispatched', { trackingNumber: 'T-1' });
  await reach(ids, ({ shipments }) => shipments[0]?.trackingNumber === 'T-1');
  const at100 = await onBuild('new', ids);
  const shares = [at10, at50, at100].map(({ length }) => length);
  console.info(`of ${ids.length} orders, 10, 50 and 100 % are ${shares.join(', ')}`);
  expect(shares[0]).toBeGreaterThan(0);
  expect(shares[0]).toBeLessThan(9);
  expect(shares[1]).toBeGreaterThan(8);
  expect(shares[1]).toBeLessThan(22);
  expect(shares[2]).toBe(30);
  expect(at50).toEqual(expect.arrayContaining(at10));

  await temporal(/set-ramping-version .*--delete/, { NEW: 'new' });
  const [half, others] = [ids.slice(0, 15), ids.slice(15)];
  await news(half, 'shipment.delivered', { signedBy: 'A. Example' });
  await ended(half);
  expect(await onBuild('old', half)).toEqual(half);

  await temporal(/set-current-version .*--build-id NEW/, { NEW: 'new' });
  await news(others, 'shipment.delivered', { signedBy: 'A. Example' });
  await ended(others);
  expect(await onBuild('new', others)).toEqual(others);
  expect(await temporal(/deployment describe/)).toMatch(/CurrentVersionBuildID +new/);
});

it('a new version that cannot replay open orders: its worker is not ready, and the end of the ramp helps them on', async () => {
  const ids = await place('broken', 4);
  await reach(ids, booked);
  const unfit = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../api/support/unfit-workflows.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const worker = await start('broken', unfit);
  await ramp('broken', 100);
  await news(ids, 'shipment.delivered', { signedBy: 'A. Example' });
  await reach(ids, ({ failure }) => failure?.code === 'code_mismatch');
  // A worker looks up a run that has failed, so it counts the run a little later.
  const { status, body } = await until(async () => {
    const answer = await worker.ready();
    return answer.body.failingRuns === ids.length ? answer : undefined;
  });
  expect([status, body]).toMatchObject([503, { status: 'down' }]);

  await temporal(/set-ramping-version .*--delete/, { NEW: 'broken' });
  await ended(ids);
  expect(await onBuild('new', ids)).toEqual(ids);
}, 120_000);
