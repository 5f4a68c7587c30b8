import { afterAll, beforeAll, expect, it } from 'vitest';
import pMap from 'p-map';
import { defaultLimits } from '../../src/api/limits.js';
import { Caller } from '../api/support/caller.js';
import { anOrder } from '../api/support/orders.js';
import { startApi, startSystem, type ApiSystem } from '../api/support/system.js';
import { sendWebhook } from '../api/support/webhook.js';
import { startWorker } from '../api/support/worker.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { until } from '../support/until.js';

let system: ApiSystem;
beforeAll(async () => {
  system = await startSystem();
  await startWorker(system);
});
afterAll(() => system?.close());

/** CARRIER_EVENTS=all tries the real bound, and takes some minutes. Otherwise the bound is a fraction, so that most of the events meet it. */
const isWhole = process.env.CARRIER_EVENTS === 'all';
const { unchecked, events: bound, bytes } = defaultLimits.history;
const history = { unchecked, events: isWhole ? bound : bound / 20, bytes };
const events = isWhole ? 10_000 : 1_000;
const timeout = isWhole ? 3_600_000 : 600_000;

it(`${events} events of a carrier to one order: the history stays bounded, and it ends`, { timeout }, async () => {
  const api = await startApi(system.temporal.address, system.book.url, {}, undefined, {}, { history });
  try {
    const [shop, operator, carrier] = [
      new Caller(api.url, 'test-key-of-the-shop-demo'),
      new Caller(api.url, 'test-key-of-the-operator'),
      new Caller(api.url, undefined),
    ];
    const { id } = (await shop.place(anOrder({ carrier: 'external' }))).body;
    const view = await until(async () => {
      const { body } = await shop.get(`/v1/orders/${id}`);
      return body.shipments[0]?.status === 'booked' ? body : undefined;
    });
    const shipmentId = view.shipments[0]!.id;
    const counts = { applied: 0, dropped: 0, later: 0 };
    const send = async (n: number): Promise<void> => {
      // Each has another fact: none is a repetition.
      const data = { orderId: id, shipmentId, trackingNumber: `T-${n}` };
      for (;;) {
        const { status, body, headers } = await sendWebhook(carrier, { type: 'shipment.dispatched', data });
        if (status === 200) return void (counts[body.applied ? 'applied' : 'dropped'] += 1);
        expect([status, Number(headers.get('retry-after')) > 0], JSON.stringify(body)).toEqual([503, true]);
        counts.later += 1;
      }
    };
    const began = performance.now();
    const cpu = process.cpuUsage();
    await pMap(
      Array.from({ length: events }, (_, n) => n),
      send,
      { concurrency: 16 },
    );
    const { user, system: kernel } = process.cpuUsage(cpu);
    const run = system.temporal.client.workflow.getHandle(orderWorkflowId(id));
    const { historyLength } = await run.describe();
    console.info(
      `${JSON.stringify(counts)} in ${Math.round((performance.now() - began) / 1000)} s, ${Math.round((user + kernel) / 1e6)} s of CPU; ${historyLength} events of history`,
    );
    expect(counts.applied + counts.dropped).toBe(events);
    expect(counts.applied).toBeGreaterThan(history.unchecked);
    if (!isWhole) expect(counts.dropped).toBeGreaterThan(0);
    expect(historyLength).toBeLessThan(history.events + 200);
    // The news of its delivery would be dropped as well: an operator ends the wait.
    const step = `awaitDelivery:${shipmentId}`;
    expect((await operator.post(`/v1/orders/${id}/resolve`, { action: 'skip', step })).status).toBe(200);
    await until(async () => (await shop.get(`/v1/orders/${id}`)).body.status === 'delivered');
    expect((await shop.post(`/v1/orders/${id}/receipt`, {})).status).toBe(200);
    expect(await run.result()).toMatchObject({ id, status: 'completed' });
  } finally {
    await api.close();
  }
});
