import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { serviceNames } from '../../src/config/index.js';
import { createActivities, type ServiceActivities, type ServiceUrls } from '../../src/worker/activities.js';
import { ServiceFigures } from '../../src/worker/service-figures.js';
import { serviceToken } from '../support/service-token.js';
import { RecordedService } from './recorded-service.js';
import { activityTable } from './table.js';

const service = new RecordedService();
const logger = new DefaultLogger('ERROR');
const name = 'payment.authorize';
let url: string;
let figures: ServiceFigures;
let activities: ServiceActivities;

beforeAll(async () => {
  url = await service.start();
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000_000_000 });
  figures = new ServiceFigures();
  const urls = Object.fromEntries(serviceNames.map((each) => [each, url])) as ServiceUrls;
  activities = createActivities(urls, serviceToken, undefined, figures);
});
afterEach(async () => {
  vi.useRealTimers();
  await activities.close();
});
afterAll(() => service.stop());

const healthy = { body: activityTable[name]!.answer };
const down = { status: 500, body: { code: 'internal', detail: 'it broke' } };
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
const seen = () => figures.report('w').services.payment!;
const ended = () => {
  const { answered, rejected, failed } = seen();
  return { answered, rejected, failed };
};

interface Attempt {
  isLocal?: boolean;
  attempt?: number;
  scheduleToCloseTimeoutMs?: number;
}

function start({ isLocal = true, attempt = 1, scheduleToCloseTimeoutMs = 3_600_000 }: Attempt = {}) {
  const info = {
    isLocal,
    attempt,
    activityId: 'authorizePayment:authorize',
    workflowExecution: { workflowId: 'order:1', runId: 'run-1' },
    scheduledTimestampMs: Date.now(),
    scheduleToCloseTimeoutMs,
    retryPolicy: { initialInterval: 250, backoffCoefficient: 2, maximumInterval: 30_000 },
  };
  const environment = new MockActivityEnvironment(info, { logger });
  const input = { ...activityTable[name]!.input, key: 'ord_1:step:do' };
  const call = environment.run(activities.byService.payment[name]!, input as never);
  return { environment, call };
}
const settled = async (attempt: Attempt = {}) => {
  await start(attempt).call.catch(() => undefined);
};

it('calls are counted by their outcome, for a minute', async () => {
  service.reset(healthy);
  await settled();
  pass(20_000);
  service.reset({ status: 409, body: { code: 'payment_declined', detail: 'no' } });
  await settled();
  service.reset({ status: 401, body: { code: 'unauthorized', detail: 'no' } });
  await settled();
  service.reset(down);
  await settled();
  expect(ended()).toEqual({ answered: 1, rejected: 1, failed: 2 });
  expect(seen().latencies.reduce((sum, count) => sum + count)).toBe(4);
  pass(45_000);
  expect(ended()).toEqual({ answered: 0, rejected: 1, failed: 2 });
  pass(60_000);
  expect(ended()).toEqual({ answered: 0, rejected: 0, failed: 0 });
  expect([...figures.totals()].find((each) => each.service === 'payment')!.total).toMatchObject({
    answered: 1,
    rejected: 1,
    failed: 2,
  });
});

it('a short call that Temporal ends after its time has failed; one that nobody needs any more is not counted', async () => {
  service.reset('never');
  for (const [n, reason] of (['TIMED_OUT', 'CANCELLED'] as const).entries()) {
    const { environment, call } = start();
    await service.until(() => service.requests.length === n + 1);
    expect(seen().inProgress).toBe(1);
    environment.cancel(reason);
    await expect(call).rejects.toThrow(reason);
  }
  expect([ended(), seen().inProgress]).toEqual([{ answered: 0, rejected: 0, failed: 1 }, 0]);
});

it('the breaker shows, and short calls that it holds back are no calls', async () => {
  service.reset(down);
  for (let n = 0; n < 5; n += 1) await settled();
  expect([seen().breakerOpen, seen().failed, service.requests.length]).toEqual([true, 3, 3]);
  service.reset(healthy);
  await settled({ isLocal: false });
  expect([seen().breakerOpen, seen().answered]).toEqual([false, 1]);
});

it('a queued call is being retried from its first failure until it succeeds', async () => {
  service.reset(down);
  await settled({ isLocal: false });
  expect(seen()).toMatchObject({ retrying: 1, inProgress: 0 });
  // The pause before the third attempt is 500 ms.
  pass(250);
  await settled({ isLocal: false, attempt: 2 });
  expect(seen().retrying).toBe(1);
  pass(499);
  expect(seen().retrying).toBe(1);
  service.reset('never');
  const { call } = start({ isLocal: false, attempt: 3 });
  await service.until(() => service.requests.length === 1);
  pass(5_000);
  expect(seen()).toMatchObject({ retrying: 1, inProgress: 1 });
  service.answerHeld(healthy);
  await call;
  expect(seen()).toMatchObject({ retrying: 0, inProgress: 0 });
});

it('the next attempt may be made by another worker, which then counts it', async () => {
  service.reset({ ...down, status: 503, headers: { 'retry-after': '7' } });
  await settled({ isLocal: false });
  pass(6_999);
  expect(seen().retrying).toBe(1);
  pass(1);
  expect(seen().retrying).toBe(0);
});

it('a call whose budget is spent is not retried, nor is a short one', async () => {
  service.reset(down);
  await settled({ isLocal: false, attempt: 4, scheduleToCloseTimeoutMs: 1_999 });
  await settled();
  expect(seen()).toMatchObject({ failed: 2, retrying: 0 });
});
