import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { userEnvironment } from '../../src/config/index.js';
import { programs } from '../../tools/local/parts.js';
import type { PartName } from '../../tools/local/run-file.js';
import { serviceToken } from '../support/service-token.js';
import { startTestSystem, type TestSystem } from '../support/system.js';
import { until } from '../support/until.js';

/** Parts that start before what they need, and parts that go and come back. */

const readyWithinMs = 15_000;

let system: TestSystem;
const children: ChildProcess[] = [];
beforeAll(async () => {
  system = await startTestSystem({ parts: ['temporal', 'postgres', 'inventory', 'worker', 'api'] });
}, 300_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await system?.remove();
}, 120_000);

type State = 'up' | 'down';

async function partsOf(): Promise<Record<string, State>> {
  const answer = await fetch(`${system.urls.api}/health/ready`);
  return ((await answer.json()) as { parts: Record<string, State> }).parts;
}

/** Waits until the API says so. @returns how long that took, in ms. */
async function says(part: PartName, state: State): Promise<number> {
  const from = Date.now();
  await until(async () => (await partsOf())[part] === state, 90_000);
  return Date.now() - from;
}

describe('/health/ready is true soon', { timeout: 240_000 }, () => {
  it('when a worker is frozen, and when it goes on', async () => {
    await says('worker', 'up');
    system.kill('worker', 'SIGSTOP');
    try {
      expect(await says('worker', 'down')).toBeLessThan(readyWithinMs);
    } finally {
      system.kill('worker', 'SIGCONT');
    }
    expect(await says('worker', 'up')).toBeLessThan(readyWithinMs);
  });

  it('when a worker is stopped', async () => {
    await system.stopPart('worker');
    expect(await says('worker', 'down')).toBeLessThan(readyWithinMs);
    await system.startPart('worker');
    await says('worker', 'up');
  });

  it('when Temporal goes and comes back', async () => {
    await system.stopPart('temporal');
    expect(await says('temporal', 'down')).toBeLessThan(readyWithinMs);
    await system.startPart('temporal');
    expect(await says('temporal', 'up')).toBeLessThan(readyWithinMs);
    expect(await says('worker', 'up')).toBeLessThan(readyWithinMs);
  });
});

describe('a part that starts before what it needs waits, says so, and can be stopped', { timeout: 240_000 }, () => {
  it('a worker before Temporal', async () => {
    await system.stopPart('worker');
    await system.stopPart('temporal');
    const waits = (count: number) =>
      system.lines.filter((line) => line.includes('waiting for Temporal')).length >= count;

    const stopped = system.startPart('worker').catch((error: Error) => error.message);
    await until(() => waits(1), 60_000);
    await system.stopPart('worker');
    expect(await stopped).toContain('stopped before it was ready');

    const before = system.lines.filter((line) => line.includes('waiting for Temporal')).length;
    const started = system.startPart('worker');
    await until(() => waits(before + 1), 60_000);
    const pid = system.pid('worker');
    await system.startPart('temporal');
    await started;
    // It is the same program: nothing died.
    expect(system.pid('worker')).toBe(pid);
    await says('worker', 'up');
  });

  it('a service before its database', async () => {
    await system.stopPart('inventory');
    await system.stopPart('postgres');
    const first = startService();
    await first.says('Waiting for the database');
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);

    const second = startService();
    await second.says('Waiting for the database');
    await system.startPart('postgres');
    const { url } = JSON.parse(await second.says('"ready"')) as { url: string };
    expect((await fetch(`${url}/health`)).status).toBe(200);
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
  });
});

/** The inventory service without a supervisor, on a database of its own that it has to create. */
function startService() {
  const database = new URL(system.postgresUrl!);
  database.pathname = '/early_inventory';
  const env = { DATABASE_URL: database.href, SERVICE_TOKEN: serviceToken, PORT: '0', HOST: '127.0.0.1' };
  const child = spawn(process.execPath, [join(programs, 'services/inventory/main.js')], {
    env: { ...userEnvironment(), ...env, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return {
    child,
    ended: once(child, 'exit').then(([code]) => code as number | null),
    /** @returns the first line that has the text. */
    says: (text: string) => until(() => lines.find((line) => line.includes(text)), 60_000),
  };
}
