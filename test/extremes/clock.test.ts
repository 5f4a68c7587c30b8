import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { serviceNames } from '../../src/config/index.js';
import { connectClient, type TemporalClient } from '../../src/temporal/connection.js';
import { root } from '../../tools/local/build.mjs';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { Caller } from '../api/support/caller.js';
import { anOrder } from '../api/support/orders.js';
import { keys, SingleParts } from '../e2e/support/single-parts.js';
import { until } from '../support/until.js';

const deadlineMs = 20_000;
const dayMs = 86_400_000;

let parts: SingleParts;
let shop: Caller;
let temporal: TemporalClient;
beforeAll(async () => {
  parts = await SingleParts.open({ PAYMENT_DEADLINE: `${deadlineMs}ms` });
  shop = new Caller(parts.url('api'), keys.shop);
  await Promise.all([parts.start('temporal'), parts.start('postgres')]);
  await Promise.all((['api', ...serviceNames] as const).map((part) => parts.start(part)));
  const shifted = pathToFileURL(join(root, 'test/extremes/shifted-clock.mjs')).href;
  await parts.start('worker', { NODE_OPTIONS: `--import ${shifted}`, CLOCK_SHIFT_FILE: shiftFile() });
  temporal = await connectClient(parts.temporal);
  await until(async () => (await shop.get<{ status: string }>('/health/ready')).body.status === 'up', 60_000);
}, 300_000);
afterAll(async () => {
  await temporal?.connection.close();
  await parts?.close();
}, 120_000);

const shiftFile = () => join(parts.dataDir, 'clock-shift');

async function shiftClock(ms: number): Promise<void> {
  writeFileSync(shiftFile(), String(ms));
  process.kill(await parts.pid('worker'), 'SIGUSR2');
  await parts.said('worker', `shifted by ${ms} ms`);
}

const read = async (id: string) => (await shop.get(`/v1/orders/${id}`)).body;
const is = (id: string, status: OrderView['status']) =>
  until(
    async () => (await read(id)).status === status,
    60_000,
    () => read(id),
  );

async function placed(changes: Parameters<typeof anOrder>[0]): Promise<string> {
  const { status, body } = await shop.place(anOrder(changes));
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}

/**
 * How long an order waited for its payment by Temporal's clock, in milliseconds: from the start of the first timer that fired, which is for
 * the reminder, to the end of the last one.
 */
async function waited(id: string): Promise<number> {
  const { events } = await temporal.workflow.getHandle(orderWorkflowId(id)).fetchHistory();
  const fired = events!.filter((event) => event.timerFiredEventAttributes);
  const { startedEventId } = fired[0]!.timerFiredEventAttributes!;
  const started = events!.find(({ eventId }) => String(eventId) === String(startedEventId));
  return tsToMs(fired.at(-1)!.eventTime) - tsToMs(started!.eventTime);
}

it.each([
  ['forward', dayMs],
  ['back', -dayMs],
])(
  'the clock of the worker jumps a day %s: orders go on, and no deadline fires early or late',
  async (_, jump) => {
    const unpaid = await placed({ payment: { method: 'later' } });
    await is(unpaid, 'awaiting_payment');
    await shiftClock(jump);
    // An order from before the jump, and one from after it.
    const later = await placed({ payment: { method: 'later' } });
    await is(later, 'awaiting_payment');
    const done = await placed({});
    await is(done, 'completed');
    for (const id of [unpaid, later]) {
      await is(id, 'cancelled');
      expect((await read(id)).failure?.code).toBe('payment_deadline');
      const ms = await waited(id);
      expect(ms).toBeGreaterThanOrEqual(deadlineMs);
      expect(ms).toBeLessThan(deadlineMs + 10_000);
    }
    const { timing, placedAt } = await read(done);
    expect(Math.abs(Date.parse(placedAt) - Date.now())).toBeLessThan(dayMs / 2);
    expect(timing!.makespanMs).toBeLessThan(dayMs / 2);
  },
  180_000,
);
