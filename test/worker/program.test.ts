import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WorkerReadiness } from '../../src/worker/serve.js';
import { startTestSystem, type TestSystem } from '../support/system.js';
import { until } from '../support/until.js';

/** The program itself, with versioning, and without any service. */

let system: TestSystem;
beforeAll(async () => {
  const env = { WORKER_VERSIONING: '1', WORKER_DEPLOYMENT: 'shop', WORKER_BUILD_ID: 'v1', LOG_LEVEL: 'info' };
  system = await startTestSystem({ env, parts: ['temporal', 'worker'] });
});
afterAll(() => system?.remove());

it('says at its start how to make its version current, and shows it in its health', { timeout: 60_000 }, async () => {
  const command = 'temporal worker deployment set-current-version --deployment-name shop --build-id v1';
  const line = await until(() => system.lines.find((each) => each.includes(command)));
  expect(JSON.parse(line.slice(line.indexOf('{')))).toMatchObject({ level: 40, name: 'worker', role: 'inactive' });
  const answer = await fetch(`${system.urls.worker}/health/ready`);
  const readiness = (await answer.json()) as WorkerReadiness;
  expect([answer.status, readiness]).toMatchObject([200, { status: 'degraded', polling: true, build: 'v1' }]);
  expect(readiness.advice).toContain(command);
});
