import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareBuilds, jobsOf, type LifeResult } from '../../tools/cli/deploy/compare.js';
import { conclusion, junitOf, markdownOf, renderDeployReport } from '../../tools/cli/deploy/report.js';
import { withoutWayBack } from '../../tools/cli/deploy/way-back.js';
import type { Life } from '../../tools/cli/deploy/lives.js';
import { replayBundle } from '../../tools/cli/replay/bundle.js';
import { changedBundle } from '../../tools/cli/replay/changed-bundle.js';
import { readHistory } from '../../tools/cli/replay/history.js';
import { quieten } from '../../tools/cli/replay/quieten.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'test/replay/histories/v1');
const seed = 'orderflow';

quieten();

let released: WorkflowBundle;
beforeAll(async () => {
  released = await replayBundle();
});

async function lives(...names: string[]): Promise<Life[]> {
  const files = (await readdir(folder)).filter((file) => names.includes(basename(file, '.json')));
  return Promise.all(
    files.map(async (file) => ({ history: await readHistory(join(folder, file)), from: 'both' as const })),
  );
}

/** Compares the released code with changed code on these lives. */
async function deploy(code: WorkflowBundle, names: string[], base = released, limit = 20): Promise<LifeResult[]> {
  return compareBuilds({ bundle: base }, { bundle: code }, jobsOf(await lives(...names), { seed, limit }), { seed });
}

const edited = (from: string | RegExp, to: string, file = 'workflows/order/process.ts'): Promise<WorkflowBundle> =>
  changedBundle(root, [{ file, from, to }]);

const report = (results: LifeResult[]) => ({
  base: 'v1',
  head: 'the working tree',
  seed,
  notes: [],
  lives: results,
  versions: [],
  pace: { histories: 1, seconds: 1, perSecond: 1 },
});

describe('a deploy', () => {
  it('of the same code is safe', async () => {
    const results = await deploy(released, ['completed-two-parcels', 'returns-small']);
    expect(results.map(({ verdict }) => verdict)).toEqual(['the same', 'the same']);
    expect(results.every(({ variants, uncounted }) => variants > 10 && uncounted === 0)).toBe(true);
    expect(conclusion(report(results))).toBe('Safe to deploy: both do the same.');
  });

  it('that sends one cent more needs a new version of the step', async () => {
    const code = await edited(
      'payment.authorize({ orderId: order.id, amount: order.total, currency, token: chosen.token })',
      'payment.authorize({ orderId: order.id, amount: order.total + 1, currency, token: chosen.token })',
    );
    const [paid, fraud] = await deploy(code, ['completed-one-parcel', 'failed-unknown-sku']);
    expect(paid).toMatchObject({
      verdict: 'needs a new version',
      findings: [{ variant: 'as recorded', difference: { kind: 'inputs', step: 'authorizePayment' } }],
    });
    expect(fraud!.verdict).toBe('the same');
    expect(conclusion(report([paid!, fraud!]))).toMatch(
      /^Not safe to deploy: orders under way would do something else/,
    );
  });

  it('that creates a deadline behind the first call breaks orders, and only a heartbeat shows it', async () => {
    const code = await edited(
      /( {2}const due = deadline\(paymentMs, [^\n]+\n)( {2}await holdFor\(paymentMs, [^\n]+\n)/,
      '$2$1',
    );
    const [life] = await deploy(code, ['cancelled-payment-deadline'], released, 40);
    const breaking = life!.findings.find(({ verdict }) => verdict === 'breaks running orders');
    expect(breaking).toMatchObject({ difference: { step: 'authorizePayment' }, variant: /^heartbeat@/ });
  });

  it('with a condition that reads the hour breaks orders, and only another hour shows it', async () => {
    const [{ history }] = (await lives('cancelled-payment-deadline')) as [Life];
    const began = (history.events[0] as unknown as { eventTime: string }).eventTime;
    const code = await edited(
      /(const notifyPaymentNeeded [^}]*when: \(order\) => order\.paysLater)/,
      `$1 && (new Date().getHours() + ${30 - new Date(began).getHours()}) % 24 < 12`,
    );
    const [life] = await deploy(code, ['cancelled-payment-deadline'], released, 40);
    expect(life).toMatchObject({ verdict: 'breaks running orders' });
    expect(life!.findings.every(({ variant }) => variant.startsWith('clock@'))).toBe(true);
    expect(renderDeployReport(report([life!]))).toContain('step notifyPaymentNeeded');
  });

  it('with a condition that asks how old an order is breaks orders, and only a slow run shows it', async () => {
    const code = await edited(
      /(const notifyConfirmed = step\('notifyConfirmed', \{\n {2}\.\.\.notice,\n)/,
      '$1  when: ({ input }) => Date.now() - Date.parse(input.placedAt) < 30 * day,\n',
    );
    const [life] = await deploy(code, ['completed-paid-later-by-customer'], released, 80);
    expect(life).toMatchObject({
      verdict: 'breaks running orders',
      findings: [{ variant: 'clock@slow', difference: { step: 'notifyConfirmed' } }],
    });
  });

  it('that changes a field of the view is safe, and the report says so', async () => {
    const code = await edited(
      /( {4}currency: placed\.currency,\n)/,
      "$1    hint: 'thank you',\n",
      'workflows/order/view.ts',
    );
    const [life] = await deploy(code, ['completed-one-parcel']);
    expect(life).toMatchObject({ verdict: 'view only' });
    expect(conclusion(report([life!]))).toBe('Safe to deploy: only what readers see differs.');
    expect(renderDeployReport(report([life!]))).toContain('hint');
  });

  it('that retries more slowly is safe, and the report says so', async () => {
    const code = await edited(/initialInterval: '\d+ms'/, "initialInterval: '9s'", 'workflows/temporal/ports.ts');
    const [life] = await deploy(code, ['completed-after-retry']);
    expect(life).toMatchObject({ verdict: 'settings only' });
    expect(conclusion(report([life!]))).toBe('Safe to deploy: only timeouts or retries differ.');
  });

  it('that adds what BASE does not know says that there is no way back', async () => {
    const older = await edited('processOrder', 'processOrder as placeOrder', 'workflows/index.ts');
    const results = await deploy(released, ['completed-one-parcel'], older);
    expect(results).toMatchObject([{ verdict: 'new', findings: [], began: { process: 'order', version: 1 } }]);
    expect(withoutWayBack(results)).toMatchObject([{ process: 'order', lives: ['completed-one-parcel.json'] }]);
    expect(conclusion(report(results))).toMatch(/^Safe to deploy/);
    const sentence = 'Orders that began with version 1 of the order process cannot be rolled back to v1';
    expect(renderDeployReport(report(results))).toContain(`Roll back: ${sentence}`);
    expect(markdownOf(report(results))).toContain(`**No way back.** ${sentence}`);
  });

  it('is reported in the same words on a terminal, as Markdown and as JUnit', async () => {
    const code = await edited(
      'call(payment.settle({ orderId: order.id }))',
      'call(payment.void({ orderId: order.id }))',
    );
    const results = report(
      await deploy(code, ['completed-one-parcel', 'failed-fraud', 'cancelled-returned-to-sender']),
    );
    const harmed = results.lives.filter(({ verdict }) => verdict === 'breaks running orders');
    expect(harmed.length).toBeGreaterThan(0);
    for (const text of [renderDeployReport(results), markdownOf(results), junitOf(results)]) {
      expect(text).toContain('breaks running orders');
      expect(text).toContain('payment.settle');
      expect(text).toContain('payment.void');
    }
    expect(junitOf(results)).toContain(`tests="3" failures="${harmed.length}"`);
  });
}, 300_000);
