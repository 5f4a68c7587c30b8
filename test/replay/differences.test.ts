import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordStackTraces } from '../../src/worker/stack-traces.js';
import { replayBundle } from '../../tools/cli/replay/bundle.js';
import { changedBundle } from '../../tools/cli/replay/changed-bundle.js';
import { compareTraces } from '../../tools/cli/replay/compare-traces.js';
import { readHistory, type RecordedHistory } from '../../tools/cli/replay/history.js';
import { replay, type Replayed } from '../../tools/cli/replay/run.js';
import { lastView } from '../../tools/cli/replay/trace.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'test/replay/histories/v1');

Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { filter: 'OFF' } },
});
recordStackTraces('off');

let histories: RecordedHistory[];
let base: Replayed[];
beforeAll(async () => {
  const files = (await readdir(folder)).filter((name) => /^(completed-one-parcel|cancelled-by-operator)/.test(name));
  histories = await Promise.all(files.map((file) => readHistory(join(folder, file))));
  base = await replayed(await replayBundle());
});

async function replayed(code: WorkflowBundle): Promise<Replayed[]> {
  const outcomes: Replayed[] = [];
  for await (const outcome of replay(histories, code)) outcomes.push(outcome);
  return outcomes;
}

async function differences(file: string, from: string, to: string) {
  const head = await replayed(await changedBundle(root, [{ file, from, to }]));
  return head.map(({ trace }, index) => compareTraces(base[index]!.trace!, trace!));
}

describe('the traces of two builds', () => {
  it('are the same for the same code, and have every command and the last view', async () => {
    const again = await replayed(await replayBundle());
    for (const [index, { trace }] of again.entries()) {
      expect(trace).toEqual(base[index]!.trace);
      expect(compareTraces(base[index]!.trace!, trace!)).toBeUndefined();
      expect(JSON.parse(JSON.stringify(trace))).toEqual(trace);
    }
    const completed = again.at(-1)!.trace!;
    expect(completed.commands.map(({ step }) => step)).toContain('capturePayment east');
    expect(lastView(completed)).toMatchObject({ status: 'completed' });
  });

  it('differ by what is sent to a service', async () => {
    const found = await differences(
      'workflows/order/process.ts',
      'amount: order.total, currency, token: chosen',
      'amount: order.total + 1, currency, token: chosen',
    );
    expect(found).toHaveLength(2);
    for (const each of found) {
      expect(each).toMatchObject({ kind: 'inputs', step: 'authorizePayment', now: 'amount: 2991' });
    }
  });

  it('differ by the view alone', async () => {
    const found = await differences(
      'workflows/order/view.ts',
      'customerId: placed.customerId',
      'customerId: `c-${placed.customerId}`',
    );
    expect(found[0]).toMatchObject({ kind: 'view only', now: 'customerId: "c-customer-1"' });
  });
}, 120_000);
