import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { CannotRun } from '../../tools/cli/command.js';
import { replayBundle } from '../../tools/cli/replay/bundle.js';
import { changedBundle } from '../../tools/cli/replay/changed-bundle.js';
import { compareTraces } from '../../tools/cli/replay/compare-traces.js';
import { adviceOn } from '../../tools/cli/replay/difference.js';
import { parseHistory, readHistory, type HistoryEvent, type RecordedHistory } from '../../tools/cli/replay/history.js';
import { replay, type Replayed } from '../../tools/cli/replay/run.js';
import { lastView } from '../../tools/cli/replay/trace.js';
import { quieten } from '../../tools/cli/replay/quieten.js';
import { triedEdits } from './edits.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'test/replay/histories/v1');

quieten();

let histories: RecordedHistory[];
let base: Replayed[];
/** The workflow code of this checkout. */
let today: WorkflowBundle;
beforeAll(async () => {
  const files = (await readdir(folder)).filter((name) => /^(completed-one-parcel|cancelled-by-operator)/.test(name));
  histories = await Promise.all(files.map((file) => readHistory(join(folder, file))));
  today = await replayBundle();
  base = await replayed(today);
});

async function replayed(code: WorkflowBundle, of = histories): Promise<Replayed[]> {
  const outcomes: Replayed[] = [];
  for await (const outcome of replay(of, code)) outcomes.push(outcome);
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

describe('a replay of recorded lives', () => {
  let outdated = 0;

  it.for(triedEdits.map((edit) => [edit.what, edit] as const))(
    'tells of %s',
    async ([_what, { edits, lives, expected }], { skip }) => {
      const recorded = await Promise.all(lives.map((name) => readHistory(join(folder, `${name}.json`))));
      const code = await changedBundle(root, edits).catch((error: unknown) => {
        if (!(error instanceof CannotRun)) throw error;
        outdated += 1;
        skip(`Adapt it: ${error.message}`);
        throw error;
      });
      // Then the code itself differs from the record, in a harmless way or not: replay.test.ts tells it.
      const own = (await replayed(today, recorded)).find(({ difference }) => difference);
      if (own) skip(`Today's code differs from the record: ${own.difference!.now}`);
      const outcomes = await replayed(code, recorded);
      const found = outcomes.map(({ difference }) => difference).find((each) => each !== undefined);
      if (!expected) return expect(found).toBeUndefined();
      expect(found).toMatchObject({
        kind: expected.kind,
        ...(expected.step !== undefined && { step: expected.step }),
        recorded: expect.stringMatching(expected.recorded ?? /./) as string,
        now: expect.stringMatching(expected.now) as string,
        advice: expected.advice ?? adviceOn[expected.kind],
      });
    },
  );

  it('was tried with nearly all edits: a harmless change of the code may outdate a few', () => {
    expect(outdated).toBeLessThanOrEqual(triedEdits.length / 10);
  });
}, 120_000);

describe('a damaged history', () => {
  /** The code differs, so that the history is looked at. */
  const reported = async (damage: (events: HistoryEvent[]) => HistoryEvent[]) => {
    const { events } = await readHistory(join(folder, 'completed-after-review.json'));
    const history = parseHistory(JSON.stringify({ events: damage(events) }), 'x.json');
    const [outcome] = await replayed(today, [history]);
    return outcome!.difference;
  };

  it('is named as such where a payload is encrypted', async () => {
    const encoding = Buffer.from('binary/encrypted').toString('base64');
    const found = await reported(
      (events) =>
        JSON.parse(
          JSON.stringify(events).replaceAll('"encoding":"anNvbi9wbGFpbg=="', `"encoding":"${encoding}"`),
        ) as HistoryEvent[],
    );
    expect(found).toMatchObject({ kind: 'file', now: expect.stringContaining('binary/encrypted') as string });
  });

  it('is named as such where events are missing, although the others are numbered anew', async () => {
    const found = await reported((events) =>
      events
        .filter(({ eventType }) => !/TIMER_/.test(eventType))
        .map((event, index) => ({ ...event, eventId: `${index + 1}` })),
    );
    expect(found).toMatchObject({
      kind: 'file',
      now: expect.stringMatching(/^event \d+, \w+, refers to event/) as string,
    });
  });
}, 120_000);
