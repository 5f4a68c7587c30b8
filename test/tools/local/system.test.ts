import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { ensureBuilt } from '../../../tools/local/build.mjs';
import { identify } from '../../../tools/local/pid-identity.js';
import { ChildRecord } from '../../../tools/local/child-record.js';
import { readRunFile, type PartName } from '../../../tools/local/run-file.js';
import { startSystem, type System } from '../../../tools/local/system.js';
import { query } from '../../support/postgres.js';
import { cleanEnvironment } from '../../support/system.js';
import { until } from '../../support/until.js';
import { lives, toyProgram } from './toy-part.js';
import { launch } from '../../../tools/local/program.js';

vi.setConfig({ testTimeout: 120_000 }); // Whole programs start here, maybe on a busy machine.

let dataDir: string;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(() => ensureBuilt());
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'orderflow-test-system-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(parts: PartName[], env: Record<string, string> = {}): Promise<System & { notes: string[] }> {
  const notes: string[] = [];
  const onNote = (part: PartName | undefined, note: string) => notes.push(`${part ?? 'system'}: ${note}`);
  const system = await startSystem({ env: { ...cleanEnvironment(), DATA_DIR: dataDir, ...env }, parts, onNote });
  cleanups.push(() => system.stop());
  return Object.assign(system, { notes });
}

/** Starts a supervisor as a program of its own. @returns its child process, and the process ids of its parts. */
async function startElsewhere(parts: PartName[]): Promise<{ supervisor: ChildProcess; pids: Record<string, number> }> {
  const env = { ...cleanEnvironment(), DATA_DIR: dataDir };
  const supervisor = fork(new URL('./supervise.mjs', import.meta.url), parts, { env });
  const [pids] = (await once(supervisor, 'message')) as [Record<string, number>];
  return { supervisor, pids };
}

it('run.json says where the parts are, follows their changes, and is removed with the system', async () => {
  const system = await start(['postgres', 'orders']);
  const run = readRunFile(dataDir);
  expect(run).toEqual({
    startedAt: system.startedAt,
    parts: {
      postgres: { pid: system.pid('postgres'), url: system.postgresUrl },
      orders: { pid: system.pid('orders'), url: system.urls.orders },
    },
    serviceToken: system.config.serviceToken,
  });
  expect(statSync(join(dataDir, 'run.json')).mode & 0o077, 'it holds a password').toBe(0);

  system.kill('orders', 'SIGKILL');
  const pid = await until(() => {
    const now = readRunFile(dataDir)?.parts.orders?.pid;
    return now !== run?.parts.orders?.pid && now;
  });
  await until(() => system.state('orders') === 'up');
  expect(identify(pid as number)?.command).toContain('services/orders/main.js');
  expect((await fetch(`${system.urls.orders}/health`)).status).toBe(200);

  await system.stop();
  expect(existsSync(join(dataDir, 'run.json'))).toBe(false);
  expect(existsSync(join(dataDir, 'processes.json'))).toBe(false);
});

it('each DATA_DIR has one token for calls to the services, readable by its owner only', async () => {
  const system = await start(['postgres', 'orders']);
  const { serviceToken } = system.config;
  expect(serviceToken).toMatch(/^[\w-]{32}$/);
  expect(readFileSync(join(dataDir, 'service-token'), 'utf8').trim()).toBe(serviceToken);
  const list = (authorization: string) => fetch(`${system.urls.orders}/v1/orders`, { headers: { authorization } });
  expect((await list(`Bearer ${serviceToken}`)).status).toBe(200);
  expect((await list('Bearer nothing')).status).toBe(401);
  await system.stop();
  expect((await start(['postgres'])).config.serviceToken).toBe(serviceToken);
});

it('only the owner can read DATA_DIR, and no command line shows a secret', async () => {
  chmodSync(dataDir, 0o755); // An earlier version left it so.
  const system = await start(['temporal', 'postgres', 'orders']);
  const open = ['.', ...readdirSync(dataDir, { recursive: true, encoding: 'utf8' })].filter((name) => {
    const { mode } = lstatSync(join(dataDir, name));
    return (mode & 0o077) !== 0;
  });
  expect(open).toEqual([]);
  if (process.getuid?.() === 0) {
    const reader = spawn('cat', [join(dataDir, 'run.json'), join(dataDir, 'temporal/temporal.db')], {
      uid: 65534,
      gid: 65534,
    });
    expect(await once(reader, 'exit')).toEqual([1, null]);
  }
  const secrets = [system.config.serviceToken, new URL(system.postgresUrl!).password];
  for (const part of system.parts) {
    const { command } = identify(system.pid(part)!)!;
    expect(
      secrets.filter((secret) => command.includes(secret)),
      part,
    ).toEqual([]);
  }
});

it('after kill -9 of the supervisor the next start ends the orphans and keeps the data', async () => {
  const first = await startElsewhere(['postgres', 'orders']);
  await query(readRunFile(dataDir)?.parts.postgres?.url, 'create table kept as select 42 as answer');
  first.supervisor.kill('SIGKILL');
  await once(first.supervisor, 'exit');
  const orphans = Object.values(first.pids);
  expect(orphans.map((pid) => identify(pid) !== undefined)).toEqual([true, true]);

  const second = await start(['postgres', 'orders']);
  expect(orphans.map((pid) => identify(pid))).toEqual([undefined, undefined]);
  expect(second.notes.join()).toMatch(/ending what an earlier start left running: postgres \(\d+\), orders \(\d+\)/);
  expect(await query(second.postgresUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
  expect((await fetch(`${second.urls.orders}/health`)).status).toBe(200);
});

it('an unrecorded PostgreSQL whose supervisor was killed does not block the next start', async () => {
  const first = await startElsewhere(['postgres']);
  first.supervisor.kill('SIGKILL');
  await once(first.supervisor, 'exit');
  rmSync(join(dataDir, 'processes.json'));
  const second = await start(['postgres']);
  expect(identify(first.pids.postgres as number)).toBeUndefined();
  expect(await query(second.postgresUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
});

it('a PostgreSQL lock file that names a foreign program does not block the start, and that program keeps running', async () => {
  const first = await start(['postgres']);
  const lockFile = join(dataDir, 'postgres/cluster/postmaster.pid');
  const lock = readFileSync(lockFile, 'utf8');
  await first.stop();
  // The foreign program runs as the server's user. Otherwise PostgreSQL itself sees that it is not its own.
  const { uid, gid } = statSync(join(dataDir, 'postgres/cluster'));
  const stranger = await launch('stranger', {
    ...toyProgram(lives),
    ...(process.getuid?.() === 0 ? { uid, gid } : {}),
  });
  cleanups.push(() => stranger.stop());
  await stranger.ready;
  writeFileSync(lockFile, lock.replace(/^\d+/, String(stranger.pid)));

  const second = await start(['postgres']);
  expect(await query(second.postgresUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(identify(stranger.pid)).toBeDefined();
});

it('PostgreSQL comes back after kill -9 with all committed data', async () => {
  const system = await start(['postgres']);
  await query(system.postgresUrl, 'create table kept as select 42 as answer');
  const before = system.pid('postgres');
  system.kill('postgres', 'SIGKILL');
  await until(() => system.pid('postgres') !== before && system.state('postgres') === 'up');
  expect(await query(system.postgresUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

it('every child that a supervisor recorded is ended, but not a foreign program with the same process id', async () => {
  const [orphan, stranger] = await Promise.all([
    launch('orphan', toyProgram(lives)),
    launch('stranger', toyProgram(lives)),
  ]);
  cleanups.push(() => stranger.stop());
  const record = new ChildRecord(dataDir);
  record.started('worker', orphan.pid, 'SIGTERM');
  record.started('api', stranger.pid, 'SIGTERM');
  const file = join(dataDir, 'processes.json');
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as { part: string; startTime: string }[];
  for (const entry of recorded) if (entry.part === 'api') entry.startTime = '1';
  writeFileSync(file, JSON.stringify(recorded));

  const found: unknown[] = [];
  await new ChildRecord(dataDir).endOrphans((orphans) => found.push(...orphans.map(({ part }) => part)));
  expect(found).toEqual(['worker']);
  expect(identify(orphan.pid)).toBeUndefined();
  expect(identify(stranger.pid)).toBeDefined();
});

it('every busy port is named with its variable, and nothing is started', async () => {
  const servers = [createServer(), createServer()];
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  const [one, two] = servers.map((server) => String((server.address() as AddressInfo).port)) as [string, string];
  cleanups.push(() => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve)))));

  const attempt = start(['postgres'], { PORT: one, TEMPORAL_UI_PORT: two });
  await expect(attempt).rejects.toThrow(`PORT=${one} (API): in use`);
  await expect(attempt).rejects.toThrow(`TEMPORAL_UI_PORT=${two} (Temporal Web UI): in use`);
  await expect(attempt).rejects.not.toThrow('TEMPORAL_PORT=');
  expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
  await start(['postgres']); // The failed attempt has released its locks.
});

it('two settings with the same port are refused', async () => {
  await expect(start(['postgres'], { PORT: '4567', TEMPORAL_PORT: '4567' })).rejects.toThrow(
    'PORT=4567 (API): also TEMPORAL_PORT',
  );
});

it('a second system on the same data is refused, and the first keeps running', async () => {
  const first = await start(['postgres']);
  await expect(start(['postgres'])).rejects.toThrow(`A system runs on ${dataDir} already (process ${process.pid})`);
  expect(await query(first.postgresUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
});

it('a folder that only its owner may enter can hold the data', async () => {
  chmodSync(dataDir, 0o700);
  const system = await start(['postgres']);
  expect(await query(system.postgresUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
});

/** Whether other users may pass through all folders above a path. */
function isOpenToOthers(path: string): boolean {
  const above = dirname(path);
  return (statSync(path).mode & 0o001) !== 0 && (above === path || isOpenToOthers(above));
}

it.runIf(process.getuid?.() === 0)(
  'without setpriv the data folder lets PostgreSQL pass and lets no other user read',
  async ({ skip }) => {
    skip(
      !isOpenToOthers(process.cwd()),
      'the checkout stands in a folder that no other user may enter, so PostgreSQL needs setpriv',
    );
    vi.stubEnv('PATH', '/nowhere');
    const system = await start(['postgres']).finally(() => vi.unstubAllEnvs());
    expect(await query(system.postgresUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect([dataDir, join(dataDir, 'postgres')].map((folder) => statSync(folder).mode & 0o777)).toEqual([0o711, 0o711]);
    const reader = spawn('/bin/ls', [dataDir], { uid: 65534, gid: 65534, stdio: 'ignore' });
    expect((await once(reader, 'exit'))[0]).not.toBe(0);
  },
);

it('parts that run elsewhere are not started, and run.json names them', async () => {
  const system = await start(['postgres', 'orders', 'inventory'], { INVENTORY_URL: 'http://127.0.0.1:9/inventory' });
  expect(system.parts).toEqual(['postgres', 'orders']);
  expect(readRunFile(dataDir)?.parts.inventory).toEqual({ url: 'http://127.0.0.1:9/inventory' });
});

afterAll(() => expect(cleanups).toEqual([]));
