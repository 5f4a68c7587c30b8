import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { databaseUrlOf } from '../../services/support/database.js';
import { loadConfig } from '../../src/config/index.js';
import { connectClient } from '../../src/temporal/connection.js';
import { check } from '../../tools/check/check.js';
import type { Finding } from '../../tools/check/finding.js';
import type { Answer } from '../../tools/check/observation.js';
import { databases } from '../../tools/check/observe/databases.js';
import { observe, type ObservedSystem } from '../../tools/check/observe/index.js';
import { tableOf } from '../../tools/check/table.js';
import { temporalOf } from '../../tools/cli/find-system.js';
import { ensureBuilt } from '../../tools/local/build.mjs';
import { readRunFile, type RunFile } from '../../tools/local/run-file.js';
import { blocksOf, root } from '../delivery/markdown.js';
import { cleanEnvironment } from '../support/system.js';
import { until } from '../support/until.js';

/** The disaster of docs/reliability.md. */

const orders = 50;
const page = 'docs/reliability.md';
const blocks = blocksOf(page).filter(({ language }) => language === 'sh');
const body = /-d '(\{[^']*\})'/.exec(blocks.find(({ code }) => code.includes('/v1/orders'))!.code)![1]!;
/** Without the orders: here the test places them. */
const killAll = blocks
  .find(({ label }) => label === 'kill')!
  .code.split('\n')
  .filter((line) => line.startsWith('kill '))
  .join('\n');

let dataDir: string;
let supervisor: ChildProcess | undefined;
const answers: Answer[] = [];

beforeAll(async () => {
  await ensureBuilt();
  dataDir = await mkdtemp(join(tmpdir(), 'orderflow-disaster-'));
}, 600_000);
afterAll(async () => {
  if (supervisor && supervisor.exitCode === null && supervisor.signalCode === null) {
    const ended = once(supervisor, 'exit');
    supervisor.kill('SIGTERM');
    await ended;
  }
  await rm(dataDir, { recursive: true, force: true });
}, 120_000);

async function start(): Promise<RunFile> {
  const before = readRunFile(dataDir)?.startedAt;
  const env = { ...cleanEnvironment(), DATA_DIR: dataDir };
  const started = spawn(process.execPath, ['tools/local/launch.mjs', 'tools/local/main.js'], {
    cwd: root,
    env,
    stdio: 'ignore',
  });
  supervisor = started;
  await until(() => {
    if (started.exitCode !== null) throw new Error(`the system ended with ${started.exitCode}`);
    return (readRunFile(dataDir)?.startedAt ?? before) !== before;
  }, 180_000);
  return readRunFile(dataDir)!;
}

/**
 * Places an order, and records what was asked and answered.
 *
 * @returns whether it was accepted.
 */
async function place({ parts }: RunFile, number: number): Promise<boolean> {
  const key = `disaster-${number}`;
  const asked: Answer = { kind: 'place', by: 'shop', key, askedAt: Date.now() };
  answers.push(asked);
  try {
    const answer = await fetch(`${parts.api!.url}/v1/orders`, {
      method: 'POST',
      headers: { authorization: 'Bearer dev-shop', 'idempotency-key': key, 'content-type': 'application/json' },
      body,
    });
    const view = (await answer.json()) as OrderView;
    Object.assign(asked, { answeredAt: Date.now(), status: answer.status, body: view });
    if (answer.ok) asked.orderId = view.id;
    return answer.ok;
  } catch {
    // The API was killed before it answered.
    return false;
  }
}

async function list({ parts }: RunFile): Promise<OrderView[]> {
  const headers = { authorization: 'Bearer dev-shop' };
  const answer = await fetch(`${parts.api!.url}/v1/orders?limit=200`, { headers });
  return answer.ok ? ((await answer.json()) as { items: OrderView[] }).items : [];
}

it('kill -9 of every program in the middle of the orders: started again, all end right', async () => {
  const first = await start();
  const placing = Array.from({ length: orders }, (_, number) => place(first, number));
  // Some are answered, and none has ended: the carrier alone takes three seconds.
  await until(() => answers.filter(({ status }) => status === 201).length >= orders / 2, 60_000);
  const ended = once(supervisor!, 'exit');
  await promisify(execFile)('sh', ['-c', killAll.replaceAll('.data/', `${dataDir}/`)]);
  await ended;
  await Promise.all(placing);

  const again = await start();
  // While the workers replay their runs, an answer can be 503: the client repeats it.
  for (let number = 0; number < orders; number += 1) {
    await until(async () => (await place(again, number)) || undefined, 120_000);
  }
  await until(async () => {
    const views = await list(again);
    return views.length === orders && views.every(({ status }) => status === 'completed');
  }, 180_000);

  const config = loadConfig({ ...cleanEnvironment(), DATA_DIR: dataDir });
  const temporal = await connectClient({ temporal: temporalOf(config) });
  const server = again.parts.postgres!.url!;
  const urls = Object.fromEntries(databases.map((name) => [name, databaseUrlOf(server, name)]));
  const system: ObservedSystem = { temporal, databases: urls as ObservedSystem['databases'] };
  try {
    let findings: Finding[] = [];
    await until(async () => {
      findings = check(await observe(system, { answers, initialStock: demoStock }));
      // The last runs may be about to close.
      return findings.every(({ unknown }) => unknown.length === 0);
    }, 120_000);
    expect(findings.filter(({ holds }) => holds !== true).map((each) => tableOf([each]))).toEqual([]);
    expect(findings.find(({ invariant }) => invariant === 'placed-once')?.verified).toBe(orders);
  } finally {
    await temporal.connection.close();
  }
}, 600_000);

const demoStock = new Map(
  Object.entries({
    ...{ 'book/east': 100_000, 'book/west': 100_000, 'gone/east': 0, 'lamp/west': 100_000, 'mug/east': 100_000 },
    ...{ 'mug/west': 100_000, 'rare/east': 1, 'tee/east': 100_000, 'tee/west': 100_000, 'vase/east': 100_000 },
  }),
);
