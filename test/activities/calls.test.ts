import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventoryContract } from '../../services/inventory/contract.js';
import { notificationContract } from '../../services/notification/contract.js';
import { paymentContract } from '../../services/payment/contract.js';
import { shippingContract } from '../../services/shipping/contract.js';
import type { OrderView } from '../../contracts/order.js';
import type { Operation } from '../../services/support/operation.js';
import { serviceNames } from '../../src/config/index.js';
import { createActivities, type ServiceActivities, type ServiceUrls } from '../../src/worker/activities.js';
import { RecordedService } from './recorded-service.js';
import { activityTable, type ActivityCase } from './table.js';
import { serviceToken } from '../support/service-token.js';

/** Calls every activity of the worker as Temporal does, against a service that records its requests. */

const contracts: Record<string, Record<string, Operation>> = {
  inventory: inventoryContract,
  payment: paymentContract,
  shipping: shippingContract,
  notification: notificationContract,
};

const service = new RecordedService();
let activities: ServiceActivities;
let byName: Record<string, (input: object) => Promise<unknown>>;

beforeAll(async () => {
  const url = await service.start();
  const urls = Object.fromEntries(serviceNames.map((name) => [name, url])) as ServiceUrls;
  activities = createActivities(urls, serviceToken);
  byName = Object.assign({}, ...Object.values(activities.byService)) as typeof byName;
});
afterAll(async () => {
  await activities.close();
  await service.stop();
});

/** Failures are expected here, so warnings are not logged. */
const logger = new DefaultLogger('ERROR');

const key = 'ord_1:step:operation';
const all = Object.entries(activityTable);
/** The calls of steps. Calls to the order book belong to no step. */
const steps = all.filter(([name]) => !name.startsWith('orders.'));

/** No run has called these activities, so none can be asked. */
const runless = {
  withAbortSignal: (_: AbortSignal, ask: () => unknown) => ask(),
  withDeadline: (_: number, ask: () => unknown) => ask(),
  workflow: { getHandle: () => ({ query: () => Promise.reject(new WorkflowNotFoundError('', '', '')) }) },
} as unknown as Client;

/** Runs an activity as Temporal does. */
function run(
  name: string,
  { input }: ActivityCase,
  info: { isLocal?: boolean; attempt?: number } = {},
): Promise<unknown> {
  const environment = new MockActivityEnvironment({ isLocal: true, attempt: 1, ...info }, { logger, client: runless });
  return environment.run(byName[name]!, name.startsWith('orders.') ? input : { ...input, key });
}

async function failureOf(call: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await call.then(
    (answer) => new Error(`answered ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplicationFailure)) throw error;
  return error;
}

const problem = (status: number, code: string, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: { code, detail: `the service says ${code}` },
});

it('every activity is in the table', () => {
  expect(Object.keys(activityTable).sort()).toEqual(Object.keys(byName).sort());
});

describe('an answer', () => {
  it.each(all)('%s: sends the right request and returns the right result', async (name, one) => {
    service.reset({ body: one.answer });
    expect(await run(name, one)).toEqual(one.given);
    expect(service.requests).toHaveLength(1);
    const { method, path, body, headers } = service.requests[0]!;
    expect({ method, path, body }).toEqual({ method: one.method ?? 'POST', path: one.path, body: one.body });
    expect(headers.authorization).toBe(`Bearer ${serviceToken}`);
    const changes = !name.startsWith('orders.') && one.method !== 'GET';
    expect(headers['idempotency-key']).toBe(changes ? key : undefined);
  });

  it.each(steps)('%s: a queued attempt returns its number', async (name, one) => {
    service.reset({ body: one.answer });
    expect(await run(name, one, { isLocal: false, attempt: 3 })).toEqual({ answer: one.given, attempt: 3 });
  });

  it.each(all.filter(([name]) => name.startsWith('orders.')))(
    '%s: a queued attempt returns the bare result',
    async (name, one) => {
      service.reset({ body: one.answer });
      expect(await run(name, one, { isLocal: false, attempt: 3 })).toEqual(one.given);
    },
  );

  it.each(['inventory.renew', 'inventory.commit'])(
    '%s: parcels that the run already knows are not repeated',
    async (name) => {
      const one = activityTable[name]!;
      service.reset({ body: one.answer });
      const known = (one.given as { parcels: object[] }).parcels;
      expect(await run(name, { ...one, input: { ...one.input, known } })).toEqual({});
    },
  );

  it('inventory.reserve: the result mentions no shortage when nothing is short', async () => {
    const one = activityTable['inventory.reserve']!;
    service.reset({ body: { ...one.answer, short: [] } });
    expect(await run('inventory.reserve', one)).not.toHaveProperty('short');
  });

  it('orders.load: an order that the book does not know is null', async () => {
    service.reset(problem(404, 'not_found'));
    expect(await run('orders.load', activityTable['orders.load']!)).toBeNull();
  });

  it('orders.load: an open order that has returns is not yet completed again, and the call is repeated', async () => {
    const one = activityTable['orders.load']!;
    const { view } = one.answer as { view: OrderView };
    const returns = [
      {
        id: 'ret_1',
        status: 'approved',
        lines: [{ sku: 'mug', quantity: 1 }],
        reason: 'r',
        refunded: 0,
        requestedAt: view.placedAt,
      },
    ];
    service.reset({ body: { ...one.answer, view: { ...view, status: 'shipping', returns } } });
    const failure = await run('orders.load', one).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'order_is_behind', nonRetryable: false });
    service.reset({ body: { ...one.answer, view: { ...view, status: 'shipping', returns: [] } } });
    expect(await run('orders.load', one)).toMatchObject({ status: 'shipping' });
  });
});

/** Only the run's own undo can be the reason of these. A payment that was given back is rejected with `payment_voided`, too. */
const afterUndo = new Set([
  'inventory.reserve reservation_released',
  'inventory.renew reservation_released',
  'inventory.reduce reservation_released',
  'inventory.commit reservation_released',
  'payment.authorize payment_voided',
  'shipping.book booking_cancelled',
]);

describe('a rejection that the contract lists is not retried, and its code is the failure type', () => {
  const rejections = steps.flatMap(([name, one]) => {
    const [serviceName = '', operation = ''] = name.split('.');
    return (contracts[serviceName]?.[operation]?.rejections ?? []).map((code) => [name, code, one] as const);
  });
  it.each(rejections)('%s: %s', async (name, code, one) => {
    service.reset(problem(409, code));
    const failure = await failureOf(run(name, one, { isLocal: false, attempt: 2 }));
    expect(failure).toMatchObject({ type: code, nonRetryable: true, message: `the service says ${code}` });
    const isUndone = afterUndo.has(`${name} ${code}`);
    expect(failure.details).toEqual([{ attempt: 2, ...(isUndone && { isUndone }) }]);
    expect(service.requests).toHaveLength(1);
  });
});

describe('a rejection that the contract does not list is not retried either, and has a type of its own', () => {
  it.each(steps)('%s', async (name, one) => {
    for (const [status, code] of [
      [422, 'validation_failed'],
      [422, 'idempotency_key_reused'],
      [404, 'no_such_route'],
      [401, 'unauthorized'],
      [403, 'forbidden'],
    ] as const) {
      service.reset(problem(status, code));
      const failure = await failureOf(run(name, one, { attempt: 2 }));
      expect(failure).toMatchObject({ type: 'service_rejected_call', nonRetryable: true });
      expect(failure.message).toMatch(new RegExp(`: status ${status}: ${code} the service says ${code}$`));
      expect(failure.details).toEqual([{ attempt: 2 }]);
    }
  });
});

describe('a fault is retried', () => {
  it.each(steps)('%s: after the delay that the service asks for', async (name, one) => {
    for (const status of [503, 429, 425, 408]) {
      service.reset(problem(status, 'busy', { 'retry-after': '7' }));
      const failure = await failureOf(run(name, one, { isLocal: false, attempt: 4 }));
      expect(failure).toMatchObject({ type: 'service_fault', nextRetryDelay: 7_000 });
      expect(failure.nonRetryable).not.toBe(true);
      expect(failure.details).toEqual([{ attempt: 4, retryAfterMs: 7_000 }]);
    }
  });

  it.each(steps)('%s: by the retry policy when the service names no delay', async (name, one) => {
    for (const answer of [problem(500, 'internal'), { body: 'not what the contract says' }]) {
      service.reset(answer);
      // Queued: local attempts are no longer made after some faults (see breaker.test.ts).
      const failure = await failureOf(run(name, one, { isLocal: false, attempt: 1 }));
      expect(failure.type).toBe('service_fault');
      expect(failure.nonRetryable).not.toBe(true);
      expect(failure.nextRetryDelay).toBeUndefined();
      expect(failure.details).toEqual([{ attempt: 1 }]);
    }
  });

  it.each(all.filter(([name]) => name.startsWith('orders.')))('%s: whatever the book answers', async (name, one) => {
    for (const answer of [problem(500, 'internal'), problem(401, 'unauthorized'), problem(422, 'validation_failed')]) {
      service.reset(answer);
      // Temporal retries every error that is not marked as non-retryable.
      await expect(run(name, one, { isLocal: false })).rejects.not.toMatchObject({ nonRetryable: true });
    }
  });
});

describe('a cancellation', () => {
  it.each(all)('%s: hangs up on a service that does not answer', async (name, one) => {
    service.reset('never');
    const environment = new MockActivityEnvironment({ isLocal: false }, { logger });
    const call = environment.run(byName[name]!, { ...one.input, key });
    await service.until(() => service.requests.length === 1);
    environment.cancel();
    const late = new Promise((_, reject) => {
      setTimeout(() => reject(new Error('it still waits for the service')), 2_000).unref();
    });
    await expect(Promise.race([call, late])).rejects.toBeInstanceOf(CancelledFailure);
    await service.until(() => service.hungUp === 1);
  });
});
