import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderInput, OrderView } from '../../contracts/order.js';
import { orderIdFor } from '../../src/temporal/ids.js';
import { workflowBundle } from '../../src/worker/bundle.js';
import { replayBundle } from '../../tools/cli/replay/bundle.js';
import { parseHistory } from '../../tools/cli/replay/history.js';
import { replay } from '../../tools/cli/replay/run.js';
import { orderWorkflowId, orderWorkflowType } from '../../workflows/order/messages.js';
import { orderProcess, orderVersions } from '../../workflows/order/process.js';
import { ordersTaskQueue } from '../../workflows/temporal/protocol.js';
import { anOrder } from '../api/support/orders.js';
import { startSystem, type ApiSystem } from '../api/support/system.js';
import { sendWebhook } from '../api/support/webhook.js';
import { startWorker, type TestWorker } from '../api/support/worker.js';
import { until } from '../support/until.js';

/**
 * A deploy, a rollback and the way forward again, with open orders of two versions of the process. The old build is this checkout without
 * the latest version.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const latest = orderProcess.version;
const before = latest - 1;

type Build = { code: string };
let copy: string;
let builds: { old: Build; new: Build };
let system: ApiSystem;
let worker: TestWorker | undefined;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'orderflow-old-build-'));
  builds = { old: await oldBuild(copy), new: await workflowBundle() };
  system = await startSystem();
}, 120_000);
afterAll(async () => {
  await system?.close();
  await rm(copy, { recursive: true, force: true });
});

/** The workflow code of this checkout without the latest version. */
async function oldBuild(folder: string): Promise<Build> {
  for (const name of ['workflows', 'contracts']) await cp(join(root, name), join(folder, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'workflows/order/process.ts');
  const code = await readFile(file, 'utf8');
  const older = code.replace(/(orderVersions = \[.*), orderProcess\]/, '$1]');
  expect(older).not.toBe(code);
  await writeFile(file, older);
  return workflowBundle(folder);
}

async function deploy(build: keyof typeof builds): Promise<void> {
  await worker?.stop();
  worker = await startWorker(system, {}, builds[build]);
}

const later = { method: 'later' } as const;
const card = { method: 'card', token: 'tok_ok' } as const;

/** Places an order as the API of that version does. */
async function place(version: number, payment: OrderInput['order']['payment']): Promise<string> {
  const { deadlines, stepRetryBudgetMs } = system.api.config;
  const orderId = orderIdFor('demo', randomUUID());
  const input: OrderInput = {
    orderId,
    shopId: 'demo',
    order: anOrder({ carrier: 'external', payment }),
    placedAt: new Date().toISOString(),
    process: { name: 'order', version },
    deadlines,
    stepRetryBudgetMs,
  };
  const workflowId = orderWorkflowId(orderId);
  await system.temporal.client.workflow.start(orderWorkflowType, {
    workflowId,
    taskQueue: ordersTaskQueue,
    workflowTaskTimeout: '3s',
    args: [input],
  });
  return orderId;
}

const read = async (id: string): Promise<OrderView> => (await system.as('shop').get(`/v1/orders/${id}`)).body;
const reach = (id: string, status: OrderView['status'], withinMs?: number) =>
  until(async () => {
    const view = await read(id);
    return view.status === status ? view : undefined;
  }, withinMs);

/** Sends news until it is taken, as a payment provider and a carrier do. */
const tell = (type: 'payment.succeeded' | 'payment.failed' | 'shipment.delivered', data: { orderId: string }) => {
  const id = randomUUID();
  return until(async () => {
    const { status } = await sendWebhook(system.as(undefined), { type, data, id });
    return status === 200 ? true : undefined;
  }, 60_000);
};
async function pay(id: string): Promise<void> {
  const { total } = await read(id);
  await tell('payment.succeeded', { orderId: id, amount: total, currency: 'EUR' } as { orderId: string });
}
async function deliver(id: string): Promise<OrderView> {
  const isBooked = (view: OrderView) => view.shipments[0] !== undefined && view.shipments[0].status !== 'planned';
  await until(async () => (isBooked(await read(id)) ? true : undefined), 60_000);
  await tell('shipment.delivered', { orderId: id, signedBy: 'A. Example' } as { orderId: string });
  return reach(id, 'completed', 60_000);
}
const payments = (id: string) =>
  worker!.services.of(id).effects.filter((each) => each === 'payment.record' || each === 'payment.authorize');

/** Steps that only the latest version has. */
const newSteps = (() => {
  const [old, now] = [before, latest].map((number) => orderVersions.find(({ version }) => version === number)!);
  return now!.steps.map(({ id }) => id).filter((id) => !old!.steps.some((step) => step.id === id));
})();
const hasNewSteps = (view: OrderView) => newSteps.every((id) => view.steps.some((step) => step.id === id));

let unpaid: Record<'old' | 'oldOnNew' | 'new', string>;
let paid: Record<'old' | 'new', string>;

it('after a deploy, orders of the version before go on with it, and new orders begin with the latest', async () => {
  expect(newSteps.length).toBeGreaterThan(0);
  await deploy('old');
  const first = await place(before, later);
  unpaid = { old: await place(before, later), oldOnNew: '', new: '' };
  paid = { old: await place(before, card), new: '' };
  for (const id of [first, unpaid.old]) await reach(id, 'awaiting_payment');
  await reach(paid.old, 'confirmed');

  await deploy('new');
  const { body: placed } = await system.as('shop').place(anOrder({ carrier: 'external', payment: later }));
  expect(placed.process.version).toBe(latest);
  unpaid.new = await place(latest, later);
  paid.new = await place(latest, card);
  for (const id of [placed.id, unpaid.new]) await reach(id, 'awaiting_payment');
  await reach(paid.new, 'confirmed');
  // The new build goes on with an order of the old one, and begins one for an API that is still old. Both can be rolled back.
  await tell('payment.failed', { orderId: unpaid.old });
  await until(async () => ((await read(unpaid.old)).payment.attempts.length === 1 ? true : undefined));
  unpaid.oldOnNew = await place(before, later);
  await reach(unpaid.oldOnNew, 'awaiting_payment');

  for (const [id, version] of [
    [first, before],
    [placed.id, latest],
  ] as const) {
    await pay(id);
    const done = await deliver(id);
    expect(done.process.version).toBe(version);
    expect(hasNewSteps(done)).toBe(version === latest);
    expect(payments(id)).toHaveLength(1);
  }
}, 180_000);

it('the gate says before what a rollback would stop: a replay on the old build names the version', async () => {
  const ids = [unpaid.old, unpaid.oldOnNew, paid.old, unpaid.new, paid.new];
  const histories = await Promise.all(
    ids.map(async (id) => {
      const history = await system.temporal.client.workflow.getHandle(orderWorkflowId(id)).fetchHistory();
      return parseHistory(historyToJSON(history), id);
    }),
  );
  const kindsOn = async (workflowsPath?: string) => {
    const kinds: (string | undefined)[] = [];
    for await (const { difference } of replay(histories, await replayBundle(workflowsPath))) {
      kinds.push(difference && `${difference.kind}: ${difference.now}`);
    }
    return kinds;
  };
  expect(await kindsOn()).toEqual(ids.map(() => undefined));
  const unknown = expect.stringContaining(`version: Unknown version ${latest} of the order process`) as string;
  const onOld = await kindsOn(join(copy, 'workflows/index.ts'));
  expect(onOld).toEqual([undefined, undefined, undefined, unknown, unknown]);
}, 120_000);

it('after a rollback, orders of the version before go on; those of the latest stand still, and say so', async () => {
  await deploy('old');
  expect((await deliver(paid.old)).process.version).toBe(before);
  for (const id of [unpaid.old, unpaid.oldOnNew]) {
    await pay(id);
    await reach(id, 'confirmed', 60_000);
  }

  // Temporal keeps the message for the run, or the carrier is told to send it again.
  const data = { orderId: paid.new, signedBy: 'A. Example' };
  const answer = await sendWebhook(system.as(undefined), { type: 'shipment.delivered', data });
  expect([200, 503]).toContain(answer.status);
  expect(await reach(paid.new, 'needs_attention', 60_000)).toMatchObject({
    failure: { code: 'code_mismatch' },
    possible: [],
  });
  expect(payments(paid.new)).toHaveLength(1);
  expect(worker!.services.of(paid.new).effects).not.toContain('payment.capture');
  const run = system.temporal.client.workflow.getHandle(orderWorkflowId(unpaid.new));
  expect((await run.describe()).status.name).toBe('RUNNING');
}, 180_000);

it('forward again, every order ends, and nothing is done twice', async () => {
  await deploy('new');
  await pay(unpaid.new);
  for (const id of [unpaid.old, unpaid.oldOnNew, unpaid.new, paid.new]) {
    const done = await deliver(id);
    expect(done.process.version).toBe(id === unpaid.old || id === unpaid.oldOnNew ? before : latest);
    expect(done.payment).toMatchObject({ status: 'captured', captured: done.total, refunded: 0 });
    expect(payments(id)).toHaveLength(1);
  }
}, 180_000);
