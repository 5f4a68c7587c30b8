import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { serviceNames, serviceUrlSettings } from '../../../src/config/index.js';
import { ensureBuilt, root } from '../../../tools/local/build.mjs';
import { launch, type Child } from '../../../tools/local/program.js';
import { readRunFile } from '../../../tools/local/run-file.js';
import { readyByLine } from '../../../tools/local/readiness.js';
import { cleanEnvironment } from '../../support/system.js';
import { until } from '../../support/until.js';

vi.setConfig({ testTimeout: 120_000 }); // Whole programs start here, maybe on a busy machine.

let dataDir: string;
const running: Child[] = [];

beforeAll(() => ensureBuilt());
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'orderflow-test-programs-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
  rmSync(dataDir, { recursive: true, force: true });
});

/** Runs a program the way the scripts of package.json do. */
async function script(args: string[], env: Record<string, string> = {}, ready = /never/) {
  const lines: string[] = [];
  const program = await launch(args.join(' '), {
    command: process.execPath,
    args: [join(root, 'tools/local/launch.mjs'), ...args],
    env: { ...cleanEnvironment(), DATA_DIR: dataDir, ...env },
    ready: readyByLine(ready),
    stopSignal: 'SIGTERM',
    graceMs: 20_000,
  });
  running.push(program);
  program.onLine((line) => lines.push(line));
  return { ...program, output: () => lines.join('\n') };
}

it('npm start names a wrong setting and exits with 2', async () => {
  const start = await script(['tools/local/main.js'], { PAYMENT_DEADLINE: 'soon', LOG_LEVEL: 'loud' });
  expect(await start.ended).toEqual({ code: 2, signal: null });
  expect(start.output()).toMatch(
    /PAYMENT_DEADLINE: given "soon": not a duration; allowed: a number and ms, s, m, h or d/,
  );
  expect(start.output()).toMatch(/LOG_LEVEL: given "loud"/);
});

it('npm start names a busy port and exits with 2', async () => {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const start = await script(['tools/local/main.js'], { TEMPORAL_PORT: String(port) });
  expect(await start.ended).toEqual({ code: 2, signal: null });
  expect(start.output()).toContain(`TEMPORAL_PORT=${port} (Temporal server): in use`);
  server.close();
});

it('an unknown part is reported together with the known ones', async () => {
  const part = await script(['tools/local/run-part.js', 'billing']);
  expect(await part.ended).toEqual({ code: 2, signal: null });
  expect(part.output()).toBe(`Name the part to start: ${['api', 'worker', ...serviceNames].join(', ')}`);
});

it('a worker that runs alone without service URLs names the variables it needs', async () => {
  const worker = await script(['tools/local/run-part.js', 'worker']);
  expect(await worker.ended).toEqual({ code: 2, signal: null });
  for (const name of serviceUrlSettings) expect(worker.output()).toContain(`${name}: not set: this program needs it`);
});

it('a service runs alone on its own PostgreSQL until it is stopped; a second service finds that server', async () => {
  const service = await script(['tools/local/run-part.js', 'notification'], { LOG_LEVEL: 'info' }, /"ready"/);
  await service.ready;
  const postgres = readRunFile(dataDir)?.parts.postgres?.pid;
  const other = await script(['tools/local/run-part.js', 'orders'], { LOG_LEVEL: 'info' }, /"ready"/);
  await other.ready;
  expect(readRunFile(dataDir)?.parts.postgres?.pid).toBe(postgres);
  await other.stop();
  const url = await until(() => /"url":"([^"]+)"/.exec(service.output())?.[1]);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  service.kill('SIGTERM');
  expect(await service.ended).toEqual({ code: 0, signal: null });
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});
