import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { shiftTimes } from '../../tools/cli/deploy/variants/clock.js';
import { attributesOf, rawEvents, type RawEvent } from '../../tools/cli/deploy/variants/events.js';
import { chosenVariants, variantsOf, type Variant, type VariantKind } from '../../tools/cli/deploy/variants/index.js';
import { replayBundle } from '../../tools/cli/replay/bundle.js';
import { changedBundle } from '../../tools/cli/replay/changed-bundle.js';
import { readHistory, type RecordedHistory } from '../../tools/cli/replay/history.js';
import { quieten } from '../../tools/cli/replay/quieten.js';
import { expectNothing, type Shown } from '../replay/say.js';
import { problemsWithVariants } from './own-trace.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'test/replay/histories');
const seed = 'orderflow';

quieten();

let lives: RecordedHistory[];
beforeAll(async () => {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.json')).sort();
  lives = await Promise.all(files.map((file) => readHistory(join(folder, file), file.replace(/\.json$/, ''))));
});

function life(name: string): RecordedHistory {
  return lives.find((history) => basename(history.name) === name)!;
}

function ofKind(history: RecordedHistory, kind: VariantKind): Variant[] {
  return variantsOf(history, seed).filter((variant) => variant.kind === kind);
}

describe('the variants of the committed histories', () => {
  it('do on the workflow code of this checkout what the recorded histories do', async () => {
    const { count, problems } = await problemsWithVariants(lives, await replayBundle(), { seed, limit: 2 });
    expectNothing(problems);
    expect(count).toBeGreaterThan(lives.length);
  });

  it('are the same for the same seed; another seed has other hours and ids', () => {
    const history = life('completed-two-parcels');
    const texts = (from: string): string[] =>
      variantsOf(history, from).map(({ make, what }) => JSON.stringify([what, make('x').events]));
    expect(texts('1')).toEqual(texts('1'));
    const [one, other] = [texts('1'), texts('2')];
    const others = variantsOf(history, '1').filter((_, index) => one[index] !== other[index]);
    expect(new Set(others.map(({ kind }) => kind))).toEqual(new Set(['clock', 'ids']));
  });

  it('number their events without a gap, and refer to events of the right type', () => {
    const types: Record<string, RegExp> = {
      workflowTaskCompletedEventId: /WORKFLOW_TASK_COMPLETED$/,
      scheduledEventId: /TASK_SCHEDULED$/,
      startedEventId: /(TASK|TIMER|EXECUTION)_STARTED$/,
      acceptedEventId: /UPDATE_ACCEPTED$/,
    };
    const mistakes: string[] = [];
    for (const history of lives) {
      for (const { make, what } of chosenVariants(history, seed, 5)) {
        const events = rawEvents(make(what));
        const typeOf = (id: unknown): string => events[Number(id) - 1]?.eventType ?? 'none';
        events.forEach((event: RawEvent, index) => {
          if (event.eventId !== String(index + 1)) mistakes.push(`${what}: ${event.eventId} at ${index + 1}`);
          for (const [field, id] of Object.entries(attributesOf(event))) {
            // An activity that timed out before it began refers to event 0.
            if (!types[field] || Number(id) === 0 || types[field].test(typeOf(id))) continue;
            mistakes.push(`${what}: ${field} of event ${index + 1} is ${typeOf(id)}`);
          }
        });
      }
    }
    expect(mistakes).toEqual([]);
  });

  it('say in words what was done', () => {
    const words = variantsOf(life('cancelled-payment-deadline'), seed).map(({ what }) => what);
    expect(words).toContain('open: cut off after workflow task 1, before event 12 (TimerFired)');
    expect(words).toContain('a heartbeat before event 8 (notifyPaymentNeeded)');
    expect(words).toContainEqual(expect.stringMatching(/^begun on a Saturday, 2027-05-08 at \d\d:\d\d UTC$/));
    expect(words).toContainEqual(expect.stringMatching(/^of another order, ord_[0-9a-z]{26}$/));
    const swapped = ofKind(life('completed-two-parcels'), 'swap').map(({ what }) => what);
    expect(swapped.some((text) => /^event \d+ \(\w+( \w+)?\) ends before event \d+/.test(text))).toBe(true);
  });

  it('shift times wherever they stand in a text, and keep their fractions', () => {
    expect(shiftTimes('"at": "2026-11-26T23:59:59.123456789Z", until 2026-12-31T00:00:00Z', 1)).toBe(
      '"at": "2026-11-27T00:00:00.123456789Z", until 2026-12-31T00:00:01Z',
    );
  });
}, 300_000);

describe('a change that the recorded run does not show', () => {
  const problems = async (name: string, from: RegExp, to: string): Promise<Shown[]> => {
    const code = await changedBundle(root, [{ file: 'workflows/order/process.ts', from, to }]);
    return (await problemsWithVariants([life(name)], code, { seed, limit: 100, ofHarmed: true })).problems;
  };

  it('is found by heartbeats: a deadline that is created behind the first call of its wait', async () => {
    const found = await problems(
      'cancelled-payment-deadline',
      /( {2}const due = deadline\(paymentMs, [^\n]+\n)( {2}await holdFor\(paymentMs, [^\n]+\n)/,
      '$2$1',
    );
    expect(found[0]).toMatchObject({
      by: expect.stringMatching(/^v1\/cancelled-payment-deadline, a heartbeat before .* \(heartbeat@\w+\)$/) as string,
      difference: { step: 'authorizePayment' },
    });
    expect(() => expectNothing(found)).toThrow(
      /^Orders under way would break at step authorizePayment \(graph\)\.\n {2}it was: [^]*what to do: .*: start timers and calls before you wait for a call\. A changed graph needs/,
    );
  });

  it('is found by shifted clocks: a condition that reads the hour, and what is sent by it', async () => {
    const began = rawEvents(life('cancelled-payment-deadline'))[0]!['eventTime'] as string;
    const isNear = `(new Date().getHours() + ${30 - new Date(began).getHours()}) % 24 < 12`;
    const conditions = await problems(
      'cancelled-payment-deadline',
      /(const notifyPaymentNeeded [^}]*when: \(order\) => order\.paysLater)/,
      `$1 && ${isNear}`,
    );
    expect(conditions.length).toBeGreaterThan(1);
    expect(conditions[0]).toMatchObject({
      by: expect.stringMatching(/^v1\/cancelled-payment-deadline, begun on .* UTC \(clock@[\dT:-]+\)$/) as string,
      difference: { step: 'notifyPaymentNeeded' },
      rule: expect.stringContaining('Workflow code must do the same at every hour') as string,
    });
    const inputs = await problems(
      'completed-one-parcel',
      /(amount: order\.total)(, currency, token: chosen)/,
      `$1 + (${isNear} ? 0 : 1)$2`,
    );
    expect(inputs[0]).toMatchObject({
      by: expect.stringMatching(/^v1\/completed-one-parcel, begun on .* UTC \(clock@/) as string,
      difference: { kind: 'inputs', step: 'authorizePayment' },
    });
  });
}, 300_000);
