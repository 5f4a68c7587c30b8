import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Counter } from '../../bench/counts/counter.js';
import { countOrders, renderCounts, type Counts } from '../../bench/counts/order-counts.js';
import { connectClient, type TemporalClient } from '../../src/temporal/connection.js';
import { keyOf } from '../../tools/cli/find-system.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { Caller } from '../api/support/caller.js';
import { anOrder } from '../api/support/orders.js';
import { startTestSystem, type TestSystem } from '../support/system.js';

/**
 * The limits of the cost of an order with one parcel. A change that makes it cheaper lowers the number. Bytes of the result grow by about 90
 * with each step that the process gets, because the view shows it, also when it is skipped.
 */
const budget = {
  transitions: 9,
  events: 29,
  historyBytes: 8_230,
  resultBytes: 5_030,
  activations: 16,
  vmCalls: 57,
  promises: 347,
  httpCalls: 13,
  statements: 23,
  backgroundStatements: 8,
};

describe('what a one-parcel order costs', () => {
  let counter: Counter;
  let system: TestSystem;
  let client: TemporalClient;
  let counts: Counts;
  beforeAll(async () => {
    counter = await Counter.create();
    system = await startTestSystem({ env: { NODE_OPTIONS: counter.nodeOptions } });
    const { config, temporalAddress: address } = system;
    client = await connectClient({ temporal: { ...config.temporal, address, connectionOptions: { address } } });
    // Nobody reads the order: a reader costs statements too.
    const shop = new Caller(system.urls.api, keyOf(config, 'shop').key);
    const place = async () => {
      const { status, body } = await shop.place(anOrder({ carrier: 'simulated' }), randomUUID());
      expect(status).toBe(201);
      return orderWorkflowId(body.id);
    };
    counts = await countOrders({ counter, client, place });
    console.info(renderCounts(counts));
  }, 600_000);
  afterAll(async () => {
    await client?.connection.close();
    await system?.remove();
    await counter?.remove();
  }, 120_000);

  it.each(Object.entries(budget))('%s: at most %i', (name, most) => {
    const count = counts[name as keyof typeof budget];
    expect(count).toBeLessThanOrEqual(most);
    // Nothing is free: a count near 0 means that the counter has lost its place in the SDK, pg or undici.
    expect(count).toBeGreaterThan(most / 4);
  });
});
