import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dynamicConfig } from '../../../tools/local/temporal-server.js';
import { root } from '../../delivery/markdown.js';
import { startDevServer, type DevServer } from '../../support/dev-server.js';

// How the server hands out runs that wait for a worker. No worker runs here: the test takes the tasks itself.

let server: DevServer;

beforeAll(async () => {
  server = await startDevServer();
});
afterAll(() => server.stop());

async function start(taskQueue: string, shop: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await server.client.workflow.start('waiting', {
      workflowId: `${taskQueue}:${shop}:${n}`,
      taskQueue,
      priority: { fairnessKey: shop },
    });
  }
}

/** The ids of the runs whose tasks a worker gets, in this order. */
async function take(taskQueue: string, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { workflowExecution } = await server.connection.withDeadline(Date.now() + 20_000, () =>
      server.connection.workflowService.pollWorkflowTaskQueue({
        namespace: server.namespace,
        taskQueue: { name: taskQueue },
        identity: 'test',
      }),
    );
    if (workflowExecution?.workflowId) taken.push(workflowExecution.workflowId.slice(taskQueue.length + 1));
  }
  return taken;
}

it('runs of one shop are served in the order in which they came, but for neighbours', async () => {
  await start('one-shop', 'a', 40);
  const taken = await take('one-shop', 40);
  // The server queues tasks of runs that start within milliseconds side by side, so neighbours may change places.
  const places = taken.map((id, place) => Math.abs(Number(id.slice('a:'.length)) - place));
  expect(Math.max(...places)).toBeLessThanOrEqual(3);
});

it('the run of a quiet shop does not wait for the runs of a busy one that came before it', async () => {
  await start('two-shops', 'busy', 40);
  const first = await take('two-shops', 5);
  await start('two-shops', 'quiet', 1);
  const next = await take('two-shops', 5);
  expect(first).toEqual(Array(5).fill(expect.stringMatching(/^busy:/)));
  expect(next).toContain('quiet:0');
});

it("docker-compose's server has the settings of the local one", () => {
  const file = parse(readFileSync(join(root, 'deploy/temporal/dynamic-config.yaml'), 'utf8')) as Record<
    string,
    [{ value: unknown }]
  >;
  const settings = Object.fromEntries(Object.entries(file).map(([name, [{ value }]]) => [name, value]));
  // Polls are limited by shard: the local server has one, docker-compose's has many.
  for (const name of Object.keys(settings)) if (name.endsWith('MaxPollRPS')) settings[name] = expect.any(Number);
  expect(dynamicConfig).toEqual(settings);
});
