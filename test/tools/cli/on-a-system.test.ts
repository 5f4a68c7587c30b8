import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../../contracts/order.js';
import type { ImportReport } from '../../../tools/cli/import/report.js';
import { importLog } from '../../../tools/cli/import/run.js';
import { rebuildBook } from '../../../tools/cli/rebuild/run.js';
import type { PartName } from '../../../tools/local/run-file.js';
import { startTestSystem, type TestSystem } from '../../support/system.js';
import { until } from '../../support/until.js';

const fixture = fileURLToPath(new URL('../../fixtures/real-orders-25.csv', import.meta.url));

let system: TestSystem;
let env: NodeJS.ProcessEnv;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'orderflow-commands-'));
  system = await startTestSystem();
  env = { DATA_DIR: system.dataDir };
}, 600_000);
afterAll(async () => {
  await system?.remove();
  await rm(dir, { recursive: true, force: true });
}, 120_000);

async function runImport(concurrency: number): Promise<{ status: number; report: ImportReport }> {
  const json = join(dir, 'report.json');
  const status = await importLog(fixture, { concurrency, env, json, print: () => undefined });
  return { status, report: JSON.parse(await readFile(json, 'utf8')) as ImportReport };
}

async function orders(): Promise<OrderView[]> {
  const answer = await fetch(`${system.urls.api}/v1/orders?limit=200`, {
    headers: { authorization: 'Bearer dev-shop' },
  });
  if (!answer.ok) throw new Error(`GET /v1/orders: ${answer.status}`);
  return ((await answer.json()) as { items: OrderView[] }).items;
}

/**
 * The facts of each order that must not be lost: everything except the book's own counters and the end times of parallel steps. (When a
 * worker rebuilds a run from its history, their answers come a few milliseconds later.)
 */
function facts(views: OrderView[]): Map<string, unknown> {
  return new Map(
    views.map(({ id, status, failure, payment, shipments, returns, steps, lines, placedAt }) => [
      id,
      {
        status,
        failure,
        payment,
        shipments,
        returns,
        steps: steps.map(({ startedAt: _startedAt, finishedAt: _finishedAt, ...step }) => step),
        lines,
        placedAt,
      },
    ]),
  );
}

describe.sequential('on a whole system', () => {
  it('an import ends correctly although each part is killed on the way', async () => {
    const importing = runImport(4);
    const victims: [after: number, part: PartName][] = [
      [3, 'worker'],
      [6, 'api'],
      [9, 'payment'],
      [12, 'inventory'],
      [15, 'orders'],
      [18, 'shipping'],
    ];
    for (const [after, part] of victims) {
      await until(async () => (await orders()).length >= after, 120_000);
      const pid = system.pid(part);
      system.kill(part, 'SIGKILL');
      await until(() => system.pid(part) !== pid && system.state(part) === 'up', 60_000);
    }
    const { status, report } = await importing;
    expect(report.mismatches).toEqual([]);
    expect(report.balance.differences).toEqual([]);
    expect(report).toMatchObject({ played: 25, right: 25 });
    expect(status).toBe(0);
    expect(report.reached).toMatchObject({ delivered: { completed: 9 }, canceled: { cancelled: 5, completed: 1 } });
  }, 300_000);

  it('the same file again changes nothing', async () => {
    const before = facts(await orders());
    const { status, report } = await runImport(8);
    expect(status).toBe(0);
    expect(report).toMatchObject({ right: 25, known: 25, messages: 0, levelsSet: 0 });
    expect(facts(await orders())).toEqual(before);
  }, 120_000);

  it('a rebuild leaves a complete book as it is and fills an empty one', async () => {
    const before = await orders();
    expect(before).toHaveLength(25);
    let printed = '';
    const print = (text: string): void => void (printed += text);
    expect(await rebuildBook({ env, print })).toBe(0);
    const ended = before.filter(({ endedAt }) => endedAt !== undefined);
    for (const { id, revision } of ended) {
      expect([id, (await orders()).find((each) => each.id === id)!.revision]).toEqual([id, revision]);
    }

    const client = new pg.Client({ connectionString: bookUrl() });
    await client.connect();
    await client.query('truncate orders');
    await client.end();
    expect(await orders()).toEqual([]);

    printed = '';
    expect(await rebuildBook({ env, print })).toBe(0);
    expect(printed).toMatch(/ 0 could not be read\n$/);
    expect(facts(await orders())).toEqual(facts(before));
  }, 120_000);

  it('without a worker a rebuild reads closed orders and reports the rest', async () => {
    await system.stopPart('worker');
    // Temporal notices a missing worker only after some time without a poll. Until then queries wait for it.
    let printed = '';
    const status = await rebuildBook({ env, print: (text) => void (printed += text) });
    await system.startPart('worker');
    const open = (await orders()).filter(({ endedAt }) => endedAt === undefined).length;
    expect(status).toBe(1);
    expect(printed.match(/^not read: order:/gm)).toHaveLength(open);
    expect(printed).toContain(`${open} could not be read`);
  }, 180_000);
});

function bookUrl(): string {
  const url = new URL(system.postgresUrl!);
  url.pathname = '/orderflow_orders';
  return url.href;
}
