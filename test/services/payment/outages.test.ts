import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { paymentService } from '../../../services/payment/service.js';
import type { paymentContract } from '../../../services/payment/contract.js';
import { Fault, Rejection } from '../../../services/support/client.js';
import { databaseUrlOf } from '../../../services/support/database.js';
import { query } from '../../support/postgres.js';
import { startForTest, type ServiceUnderTest } from '../support/start.js';

let service: ServiceUnderTest<typeof paymentContract>;
let databaseUrl: string;

beforeAll(async () => {
  service = await startForTest(paymentService);
  databaseUrl = databaseUrlOf(service.databaseUrl, 'payment');
});
afterAll(() => service?.stop());

let faults = 0;

/** Repeats a call, under its key, until it has an answer. @returns the answer, or the code of the rejection. */
async function insist(call: () => Promise<object>): Promise<string> {
  for (;;) {
    try {
      return JSON.stringify(await call());
    } catch (error) {
      if (error instanceof Rejection) return error.code;
      if (!(error instanceof Fault)) throw error;
      faults++;
    }
  }
}

it('calls whose sessions PostgreSQL ends, and that are repeated, take effect once and have one answer', async () => {
  const { client } = service;
  const orderId = 'outages';
  const params = { orderId };
  await client.authorize({ body: { orderId, amount: 30, currency: 'EUR', token: 'tok_ok' }, key: randomUUID() });
  const keys = Array.from({ length: 60 }, () => randomUUID());
  let isOver = false;
  const calls = Promise.all(
    keys.map((key) => {
      const capture = () => insist(() => client.capture({ params, body: { shipmentId: 's', amount: 1 }, key }));
      return Promise.all([capture(), capture()]);
    }),
  ).finally(() => (isOver = true));
  for (let times = 0; times < 10 && !isOver; times++) {
    await query(
      databaseUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
  }
  const answers = await calls;
  expect(faults).toBeGreaterThan(0);
  expect(answers.filter(([one, other]) => one !== other)).toEqual([]);
  expect(answers.filter(([answer]) => answer === 'capture_refused')).toHaveLength(30);
  const captured = await query(databaseUrl, "select key from operations where kind = 'capture'");
  expect(new Set(captured.map(({ key }) => key)).size).toBe(30);
  expect(captured).toHaveLength(30);
}, 30_000);
