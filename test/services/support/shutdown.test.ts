import { expect, it } from 'vitest';
import { eventually, startForTest } from './start.js';
import { counterService } from './toy-service.js';

it('a service that stops answers requests in flight, ends long polls, and accepts nothing new', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let begun = 0;
  let stopping = new AbortController().signal;
  const service = await startForTest({
    ...counterService,
    create: (context) => ({
      handlers: {
        ...counterService.create(context).handlers,
        get: async () => {
          begun++;
          await held;
          return { value: 1, attempts: 0 };
        },
        wait: () =>
          new Promise((resolve) => {
            begun++;
            stopping.addEventListener('abort', () => resolve({ aborted: true }));
          }),
      },
      background: (signal) => {
        stopping = signal;
        return Promise.resolve();
      },
    }),
  });
  const inFlight = service.client.get({ params: { name: 'a' } });
  const waiting = service.client.wait({});
  await eventually(
    () => Promise.resolve(begun),
    (count) => count === 2,
  );
  const stopped = service.stop();
  expect(await waiting).toEqual({ aborted: true });
  const late = fetch(`${service.url}/health`).then(
    ({ status }) => status,
    () => 'refused',
  );
  expect(['refused', 503]).toContain(await late);
  release();
  expect(await inFlight).toEqual({ value: 1, attempts: 0 });
  await stopped;
});

it('background work is stopped by its signal, and its failure is reported', async () => {
  const ended: string[] = [];
  const service = await startForTest({
    ...counterService,
    create: (context) => ({
      ...counterService.create(context),
      background: (signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            ended.push('told');
            resolve();
          });
        }),
    }),
  });
  await service.stop();
  expect(ended).toEqual(['told']);

  const broken = await startForTest({
    ...counterService,
    create: (context) => ({
      ...counterService.create(context),
      background: () => Promise.reject(new Error('outbox broke')),
    }),
  });
  await expect(broken.running.failed).rejects.toThrow('outbox broke');
  await broken.stop();
});
