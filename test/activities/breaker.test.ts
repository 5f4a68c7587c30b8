import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { serviceNames, type ServiceName } from '../../src/config/index.js';
import { createActivities, type ServiceActivities, type ServiceUrls } from '../../src/worker/activities.js';
import { serviceToken } from '../support/service-token.js';
import { RecordedService } from './recorded-service.js';
import { activityTable } from './table.js';

const service = new RecordedService();
const logger = new DefaultLogger('ERROR');
const changes: [string, boolean][] = [];
let url: string;
let activities: ServiceActivities;

beforeAll(async () => {
  url = await service.start();
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  changes.length = 0;
  const urls = Object.fromEntries(serviceNames.map((name) => [name, url])) as ServiceUrls;
  activities = createActivities(urls, serviceToken, (name, isOpen) => void changes.push([name, isOpen]));
});
afterEach(async () => {
  vi.useRealTimers();
  await activities.close();
});
afterAll(() => service.stop());

const down = { status: 500, body: { code: 'internal', detail: 'it broke' } };
const healthy = (name: string) => ({ body: activityTable[name]!.answer });

function start(name: string, isLocal = true) {
  const environment = new MockActivityEnvironment({ isLocal, attempt: 1 }, { logger });
  const operation = activities.byService[name.split('.')[0] as ServiceName][name]!;
  const input = { ...activityTable[name]!.input, ...(name.startsWith('orders.') ? {} : { key: 'ord_1:step:do' }) };
  return { environment, call: environment.run(operation, input as never) };
}

const failed = (name: string, isLocal = true): Promise<unknown> =>
  start(name, isLocal).call.then(
    (answer) => new Error(`answered ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );

const notCalled = (error: unknown) =>
  error instanceof ApplicationFailure &&
  error.type === 'service_fault' &&
  error.nonRetryable !== true &&
  (error.details as [{ attempt: number }])[0].attempt === 0;

async function open(name: string): Promise<void> {
  service.reset(down);
  for (let n = 0; n < 3; n += 1) expect(await failed(name)).not.toSatisfy(notCalled);
  expect(service.requests).toHaveLength(3);
}

const perService = ['notification.notify', 'payment.screen', 'orders.publish'];

it.each(perService)(
  '%s: after three faults, local attempts fail without a request; queued ones are made',
  async (name) => {
    await open(name);
    expect(changes).toEqual([[name.split('.')[0], true]]);
    service.reset(healthy(name));
    expect(await failed(name)).toSatisfy(notCalled);
    expect(service.requests).toHaveLength(0);
    await start(name, false).call;
    expect(service.requests).toHaveLength(1);
  },
);

it('a quick answer of a queued call closes the breaker, a slow one does not', async () => {
  await open('notification.notify');
  service.reset('never');
  const slow = start('notification.notify', false);
  await service.until(() => service.requests.length === 1);
  vi.setSystemTime(Date.now() + 1_500);
  service.answerHeld(healthy('notification.notify'));
  await slow.call;
  service.reset(healthy('notification.notify'));
  expect(await failed('notification.notify')).toSatisfy(notCalled);

  await start('notification.notify', false).call;
  await start('notification.notify').call;
  expect(changes).toEqual([
    ['notification', true],
    ['notification', false],
  ]);
});

it('an order is loaded while the breaker of the book is open, because runs have no other way', async () => {
  await open('orders.publish');
  service.reset(healthy('orders.load'));
  expect(await start('orders.load').call).toEqual(activityTable['orders.load']!.given);
});

it('the other services are still called by local attempts', async () => {
  await open('notification.notify');
  service.reset(healthy('payment.screen'));
  expect(await start('payment.screen').call).toEqual(activityTable['payment.screen']!.given);
});

it('local attempts that Temporal ends after their time count as faults', async () => {
  service.reset('never');
  for (let n = 1; n <= 3; n += 1) {
    const { environment, call } = start('notification.notify');
    await service.until(() => service.requests.length === n);
    environment.cancel('TIMED_OUT');
    await expect(call).rejects.toThrow('TIMED_OUT');
  }
  expect(await failed('notification.notify')).toSatisfy(notCalled);
});

it.each([
  ['a rejection', { status: 409, body: { code: 'payment_declined', detail: 'no' } }],
  ['a rejection outside the contract', { status: 401, body: { code: 'unauthorized', detail: 'no' } }],
  ['a service that asks for a pause', { ...down, status: 503, headers: { 'retry-after': '7' } }],
  ['a caller that is too fast', { ...down, status: 429 }],
])('%s does not open the breaker', async (_, answer) => {
  service.reset(answer);
  for (let n = 0; n < 5; n += 1) expect(await failed('payment.authorize')).not.toSatisfy(notCalled);
  expect(service.requests).toHaveLength(5);
  expect(changes).toEqual([]);
});

it('an answer in between begins the count again', async () => {
  for (let n = 0; n < 4; n += 1) {
    service.reset(down);
    await failed('notification.notify');
    await failed('notification.notify');
    service.reset(healthy('notification.notify'));
    await start('notification.notify').call;
  }
  expect(changes).toEqual([]);
});

it('after five seconds one local attempt tests the service, and the others do not wait for it', async () => {
  await open('notification.notify');
  vi.setSystemTime(Date.now() + 5_001);
  service.reset('never');
  const test = start('notification.notify');
  await service.until(() => service.requests.length === 1);
  expect(await failed('notification.notify')).toSatisfy(notCalled);
  test.environment.cancel('TIMED_OUT');
  await expect(test.call).rejects.toThrow('TIMED_OUT');
  expect(await failed('notification.notify')).toSatisfy(notCalled);
  expect(service.requests).toHaveLength(1);
  expect(changes).toEqual([['notification', true]]);

  vi.setSystemTime(Date.now() + 5_001);
  service.reset(healthy('notification.notify'));
  await start('notification.notify').call;
  await start('notification.notify').call;
  expect(service.requests).toHaveLength(2);
  expect(changes).toEqual([
    ['notification', true],
    ['notification', false],
  ]);
});
