import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { msToTs } from '@temporalio/common/lib/time.js';
import { expect, it, vi } from 'vitest';
import { SystemParts } from '../../src/api/health/parts.js';
import { loadConfig } from '../../src/config/index.js';
import type { TemporalClient } from '../../src/temporal/connection.js';

it('a frozen worker is down also when Temporal, after a restart, does not have its address yet', async () => {
  let isFrozen = false;
  const worker = createHttpServer((_, reply) => void (isFrozen || reply.end()));
  await once(worker.listen(0, '127.0.0.1'), 'listening');
  const identity = `1@there http://127.0.0.1:${(worker.address() as AddressInfo).port}`;
  let hasRestarted = false;
  const pollersOf = (queue: string) => {
    if (queue === 'orders') return ['1@there'];
    return hasRestarted ? [] : [identity];
  };
  const workflowService = {
    describeNamespace: () => Promise.resolve({}),
    describeTaskQueue: ({ taskQueue: { name } }: { taskQueue: { name: string } }) =>
      Promise.resolve({ pollers: pollersOf(name).map((id) => ({ identity: id, lastAccessTime: msToTs(Date.now()) })) }),
  };
  const withDeadline = (_: number, call: () => unknown) => call();
  const client = { workflowService, withDeadline, connection: { workflowService, withDeadline }, options: {} };
  const parts = new SystemParts(loadConfig({}), client as unknown as TemporalClient);

  expect(await parts.check()).toMatchObject({ temporal: 'up', worker: 'up' });
  hasRestarted = true;
  expect((await parts.check()).worker).toBe('up');
  isFrozen = true;
  // It has answered just now, and may only be busy.
  expect((await parts.check()).worker).toBe('up');
  const later = Date.now() + 6_000;
  vi.spyOn(Date, 'now').mockImplementation(() => later);
  expect((await parts.check()).worker).toBe('down');
  vi.restoreAllMocks();
  worker.closeAllConnections();
  worker.close();
});
