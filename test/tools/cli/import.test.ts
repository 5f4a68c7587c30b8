import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImportReport } from '../../../tools/cli/import/report.js';
import { importLog, type ImportOptions } from '../../../tools/cli/import/run.js';
import { SystemDouble } from './double.js';

const fixture = fileURLToPath(new URL('../../fixtures/real-orders-25.csv', import.meta.url));

let double: SystemDouble;
let env: NodeJS.ProcessEnv;
let dir: string;
let printed: string;

beforeEach(async () => {
  double = new SystemDouble();
  env = await double.start();
  dir = await mkdtemp(join(tmpdir(), 'orderflow-import-'));
});
afterEach(async () => {
  await double.stop();
  await rm(dir, { recursive: true });
});

async function run(
  options: Partial<ImportOptions> = {},
  file = fixture,
): Promise<{ status: number; report: ImportReport }> {
  printed = '';
  const json = join(dir, 'report.json');
  const status = await importLog(file, { concurrency: 8, env, json, print: (text) => (printed += text), ...options });
  return { status, report: JSON.parse(await readFile(json, 'utf8')) as ImportReport };
}

async function firstDelivered(): Promise<string> {
  const text = await readFile(fixture, 'utf8');
  return text
    .split('\n')
    .find((line) => line.includes(',delivered,'))!
    .split(',')[0]!;
}

describe('an import', () => {
  it('plays every order to its recorded status and balances money and stock', async () => {
    const { status, report } = await run();
    expect(status).toBe(0);
    expect(report).toMatchObject({ inFile: 25, played: 25, right: 25, known: 0, mismatches: [] });
    expect(report.reached).toEqual({
      approved: { confirmed: 1 },
      canceled: { cancelled: 5, completed: 1 },
      delivered: { completed: 9 },
      invoiced: { confirmed: 2 },
      processing: { confirmed: 2 },
      shipped: { shipping: 4 },
      unavailable: { cancelled: 1 },
    });
    const { money, pieces, moved, differences } = report.balance;
    expect(differences).toEqual([]);
    expect(money.net.found).toBe(money.net.expected);
    expect(money.net.found).toBeGreaterThan(0);
    expect(money.authorized.found).toBeGreaterThan(0);
    expect(pieces.committed.found).toBe(pieces.committed.expected);
    expect(moved.available.found).toBe(-pieces.committed.found);
    expect(printed).toContain('25 of 25 orders right');
  });

  it('of the same file again changes nothing', async () => {
    await run();
    const before = JSON.stringify([...double.stock].map(([sku, levels]) => [sku, ...levels]));
    double.changes.length = 0;
    const { status, report } = await run();
    expect(status).toBe(0);
    expect(report).toMatchObject({ played: 25, right: 25, known: 25, messages: 0, levelsSet: 0 });
    expect(new Set(double.changes)).toEqual(new Set(['POST /v1/orders']));
    expect(JSON.stringify([...double.stock].map(([sku, levels]) => [sku, ...levels]))).toBe(before);
    expect(report.balance.moved.committed).toEqual({ expected: 0, found: 0 });
  });

  it('continues where a shorter one ended, with stock for the whole file', async () => {
    const first = await run({ limit: 10 });
    expect(first.report).toMatchObject({ played: 10, right: 10 });
    const sum = (): number =>
      [...double.stock.values()]
        .flatMap((levels) => [...levels.values()])
        .reduce((all, l) => all + l.available + l.reserved + l.committed, 0);
    const stocked = sum();
    const second = await run();
    expect(second).toMatchObject({ status: 0, report: { right: 25, levelsSet: 0, known: 10 } });
    expect(sum()).toBe(stocked);
  });

  it('waits for parts that are unreachable, overloaded, or drop the connection', async () => {
    const seen = new Map<string, number>();
    const stockAsked = new Map<string, number[]>();
    double.interfere = (request) => {
      const times = (seen.get(request) ?? 0) + 1;
      seen.set(request, times);
      if (request === 'POST /v1/orders' && times % 3 === 0) return { status: 503, headers: { 'retry-after': '0' } };
      if (request.startsWith('POST /v1/webhooks') && times % 4 === 0) return 'drop';
      if (request.startsWith('PUT /v1/stock')) {
        stockAsked.set(request, [...(stockAsked.get(request) ?? []), performance.now()]);
        if (times === 1) return { status: 429, headers: { 'retry-after': '1' } };
      }
      if (request === 'POST /v1/webhooks/carrier' && times === 5) double.cutStreams();
      return undefined;
    };
    const { status, report } = await run();
    expect(report.mismatches).toEqual([]);
    expect(status).toBe(0);
    expect(stockAsked.size).toBeGreaterThan(0);
    // It waits as long as it was told.
    for (const [first, second] of stockAsked.values()) expect(second! - first!).toBeGreaterThan(990);
  });

  it.each(['cancel', 'returns', 'review'])(
    'sends a refused %s again, as the run may be behind its view',
    async (what) => {
      let refused = 0;
      double.interfere = (request) =>
        request.endsWith(`/${what}`) && (refused += 1) <= 3 ? { status: 409 } : undefined;
      const { status, report } = await run();
      expect(report.mismatches).toEqual([]);
      expect(status).toBe(0);
      expect(refused).toBeGreaterThan(3);
    },
  );

  it('says why the order refused a message, when it refuses for good', async () => {
    double.interfere = (request) => (request.endsWith('/returns') ? { status: 409 } : undefined);
    const { status, report } = await run();
    expect(status).toBe(1);
    expect(report.mismatches).toMatchObject([
      { recorded: 'canceled', reason: expect.stringMatching(/POST .*\/returns.* 409/) as string },
    ]);
  });

  it('does not take an order for an older one when the answer to placing it was lost', async () => {
    let lost = 0;
    double.interfere = (request) => (request === 'POST /v1/orders' && (lost += 1) <= 6 ? 'lose' : undefined);
    expect((await run({ limit: 6 })).report).toMatchObject({ right: 6, known: 0 });
    expect(lost).toBe(12);
    expect((await run({ limit: 6 })).report).toMatchObject({ right: 6, known: 6 });
  });

  it('still follows its orders while the event stream is down', async () => {
    double.interfere = (request) => (request === 'GET /v1/events' ? 'drop' : undefined);
    const { status } = await run({ limit: 6 });
    expect(status).toBe(0);
  });

  it('lists an order with another end than recorded, with the reason and the effect on the balance', async () => {
    const victim = await firstDelivered();
    double.distort = (view) => {
      if (view.reference !== victim || view.status !== 'shipping') return;
      view.status = 'needs_attention';
      view.failure = { code: 'service_unavailable', message: 'payment does not answer', step: 'capturePayment' };
    };
    const { status, report } = await run();
    expect(status).toBe(1);
    expect(report.right).toBe(24);
    expect(report.mismatches).toMatchObject([
      {
        reference: victim,
        recorded: 'delivered',
        reason: expect.stringMatching(
          /expected completed; is needs_attention \(service_unavailable at capturePayment/,
        ) as string,
      },
    ]);
    expect(printed).toContain(`${victim} (ord_`);
  });

  it('finds a difference of one cent and of one piece', async () => {
    const victim = await firstDelivered();
    double.distort = ({ id, reference, status }) => {
      if (reference !== victim || status !== 'completed') return;
      const kept = double.orders.get(id)!;
      kept.payment.refunded = 1;
      kept.reservations[0]!.restocked = 1;
    };
    const { status, report } = await run();
    expect(status).toBe(1);
    expect(report.mismatches).toEqual([]);
    const { differences, money, pieces } = report.balance;
    expect(differences.find(({ reference }) => reference === victim)!.reason).toMatch(
      /^refunded 1 cents instead of 0; \d+ of \w+ committed instead of \d+$/,
    );
    // The stock level does not match the reservation.
    expect(differences.some(({ reason }) => reason.startsWith('stock: '))).toBe(true);
    expect(money.refunded.found).toBe(money.refunded.expected + 1);
    expect(pieces.committed.found).toBe(pieces.committed.expected - 1);
    expect(printed).toContain('off by 0.01');
  });

  it('sends nothing when the last line of the file has an error', async () => {
    const broken = join(dir, 'broken.csv');
    const text = await readFile(fixture, 'utf8');
    await writeFile(broken, text.trimEnd().replace(/[^,]+$/, 'cash'));
    await expect(run({}, broken)).rejects.toThrow(/^broken\.csv, line \d+: payment_type is "cash"/);
    await expect(run({}, join(dir, 'none.csv'))).rejects.toThrow('there is no such file');
    await expect(run({}, dir)).rejects.toThrow('it is a folder');
    expect(double.changes).toEqual([]);
  });

  it('says so when no system is running', async () => {
    await expect(run({ env: { DATA_DIR: dir } })).rejects.toThrow(/no running system: .*run\.json does not exist/);
    await expect(run({ env: { ORDERFLOW_URL: env.ORDERFLOW_URL, DATA_DIR: dir } })).rejects.toThrow(
      'ORDERFLOW_URL is the URL of the API; this command also needs the inventory service: set INVENTORY_URL',
    );
  });
});
