import { afterAll, beforeAll, expect, it } from 'vitest';
import { exampleView } from '../../src/api/docs/examples.js';
import { EventStream } from '../api/support/event-stream.js';
import { keys, startApi, startSystem, type ApiSystem } from '../api/support/system.js';

let system: ApiSystem;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.close());

const clients = 1_000;
/** Connections are opened in groups, because the queue of new ones is limited on some machines. */
const together = 50;

it('a thousand clients follow all orders, and each gets a change; an API call is answered meanwhile', async () => {
  const api = await startApi(system.temporal.address, system.book.url, {}, undefined, {}, { streamsPerKey: clients });
  const streams: EventStream[] = [];
  try {
    while (streams.length < clients) {
      const group = Array.from({ length: together }, () => EventStream.open(`${api.url}/v1/events`, keys.shop));
      streams.push(...(await Promise.all(group)));
    }
    expect(new Set(streams.map(({ response }) => response.status))).toEqual(new Set([200]));
    const id = 'ord_for_all';
    const heard = streams.map((stream) => stream.until((view) => view.id === id));
    await system.bookClient.publish({
      params: { orderId: id },
      body: {
        position: { runId: 'run', length: 1, at: Date.now(), seq: 1 },
        fingerprint: 'f',
        view: { ...exampleView, id, shopId: 'demo' },
      },
    });
    expect((await fetch(`${api.url}/health/live`)).status).toBe(200);
    expect(await Promise.all(heard)).toHaveLength(clients);
  } finally {
    for (const stream of streams) stream.close();
    await api.close();
  }
}, 240_000);
