import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { replayBundle } from '../../tools/cli/replay/bundle.js';
import { changedBundle as changedCode } from '../../tools/cli/replay/changed-bundle.js';
import {
  parseHistory,
  readHistory,
  valueOf,
  type HistoryEvent,
  type RecordedHistory,
} from '../../tools/cli/replay/history.js';
import { renderReport } from '../../tools/cli/replay/report.js';
import { replay, type Replayed } from '../../tools/cli/replay/run.js';
import { quieten } from '../../tools/cli/replay/quieten.js';
import { expectNothing, harm } from './say.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const all = join(root, 'test/replay/histories');
const folder = join(all, 'v1');

quieten();

/** The workflow code of this checkout. */
let bundle: WorkflowBundle;
beforeAll(async () => {
  bundle = await replayBundle();
});

async function committed(...names: string[]): Promise<RecordedHistory[]> {
  const files = (await readdir(folder)).filter(
    (file) => names.length === 0 || names.includes(file.replace('.json', '')),
  );
  return Promise.all(files.map((file) => readHistory(join(folder, file))));
}

async function replayed(histories: Iterable<RecordedHistory>, code: WorkflowBundle): Promise<Replayed[]> {
  const outcomes: Replayed[] = [];
  for await (const outcome of replay(histories, code)) outcomes.push(outcome);
  return outcomes;
}

/** Builds a bundle of the workflow code with one change in it. */
const changedBundle = (file: string, from: string | RegExp, to: string): Promise<WorkflowBundle> =>
  changedCode(root, [{ file, from, to }]);

describe('the committed histories', () => {
  // A lost workflow task is forgotten with all it did. So the task that accepts a command changes nothing at a service but what is shown.
  it('have each command before every call that it sets off', async () => {
    let commands = 0;
    for (const { name, events } of await committed()) {
      let isAccepting = false;
      for (const { eventType, eventId, markerRecordedEventAttributes: marker } of events) {
        if (eventType === 'EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED') {
          isAccepting = true;
          commands += 1;
        } else if (eventType === 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED') isAccepting = false;
        else if (marker?.markerName === 'core_local_activity' && isAccepting) {
          const { activity_type: type } = valueOf(marker.details?.data?.payloads?.[0]) as { activity_type: string };
          expect(type, `${name}: event ${eventId}`).toMatch(/^orders\.(publish|publishReturns|load)$/);
        }
      }
    }
    expect(commands).toBeGreaterThan(5);
  });

  it('replay against the workflow code of this checkout', async () => {
    const files = (await readdir(all, { recursive: true })).filter((file) => file.endsWith('.json')).sort();
    const histories = await Promise.all(files.map((file) => readHistory(join(all, file), file.replace(/\.json$/, ''))));
    const outcomes = await replayed(histories, bundle);
    expectNothing(
      outcomes.flatMap(({ history, difference: found }) => {
        const difference = harm(found);
        return difference ? [{ by: history.name, difference }] : [];
      }),
    );
    expect(outcomes.filter(({ skipped }) => skipped === undefined)).toHaveLength(files.length);
    expect(files.length).toBeGreaterThan(100);
  });

  it('replay again and again in the same memory', async () => {
    const rounds = 12;
    // A replay takes the run's id from its first event. After a reset that is the first run's, which the publications then show.
    const histories = (await committed()).filter(({ events }) => !events.some(isReset)).slice(0, 26);
    function* again() {
      for (let round = 0; round < rounds; round += 1) yield* histories;
    }
    let count = 0;
    const bytes: number[] = [];
    for await (const { difference } of replay(again(), bundle)) {
      expect(harm(difference)).toBeUndefined();
      count += 1;
      if (count % histories.length === 0) bytes.push(bytesInUse());
    }
    expect(count).toBe(rounds * histories.length);
    // The first rounds fill caches. A worker for each history would keep about 2 MB of each.
    const kept = (bytes.at(-1)! - bytes[1]!) / (count - 2 * histories.length);
    expect(kept).toBeLessThan(50_000);
  });
}, 120_000);

/** A reset ends the workflow task at which it cuts the history. */
const isReset = ({ eventType }: HistoryEvent): boolean => eventType === 'EVENT_TYPE_WORKFLOW_TASK_FAILED';

/** Whether the event is written together with the one before it, as a command of one workflow task. */
const isOfTask = (event: HistoryEvent | undefined): boolean =>
  /MARKER|TIMER_STARTED|TASK_SCHEDULED$|CANCEL|UPSERT|UPDATE|EXECUTION_(COMPLETED|FAILED)/.test(
    event?.eventType ?? '',
  ) && event?.eventType !== 'EVENT_TYPE_WORKFLOW_TASK_SCHEDULED';

/** Memory of objects that are still needed, in bytes. */
function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('a replay', () => {
  it('fails when a dependency changes in the graph, and says what to do', async () => {
    const bundle = await changedBundle(
      'workflows/order/process.ts',
      /(const screenFraud = step\('screenFraud', \{)/,
      '$1\n  after: [reserveStock],',
    );
    const [outcome] = await replayed(await committed('completed-one-parcel'), bundle);
    expect(outcome!.difference).toMatchObject({
      eventId: expect.any(Number) as number,
      recorded: expect.stringMatching(/\S/) as string,
      advice: expect.stringContaining('A changed graph needs a new definition version') as string,
    });
    const text = renderReport(outcome!);
    expect(text).toMatch(/^differs completed-one-parcel\.json: processOrder, \d+ events\n/);
    expect(text).toMatch(/recorded: event \d+, .*/);
  });

  it('fails when a step has one more wait, although the same calls are made in the same order', async () => {
    const bundle = await changedBundle(
      'workflows/order/process.ts',
      /(const notifyCompleted = step\('notifyCompleted', \{\s+\.\.\.notice,\s+after: \[)completeOrder/,
      '$1signForDelivery, completeOrder',
    );
    const [outcome] = await replayed(await committed('completed-one-parcel'), bundle);
    expect(outcome!.difference).toMatchObject({
      recorded: expect.stringMatching(/the run completes: step notifyCompleted: depends on completeOrder, /) as string,
      now: expect.stringMatching(/step notifyCompleted: depends on completeOrder, signForDelivery, /) as string,
    });
  });

  it('names the first recorded call that is no longer made', async () => {
    const bundle = await changedBundle(
      'workflows/order/process.ts',
      'call(payment.settle({ orderId: order.id }))',
      'call(payment.void({ orderId: order.id }))',
    );
    const outcomes = await replayed(
      await committed('cancelled-returned-to-sender', 'failed-fraud', 'completed-one-parcel'),
      bundle,
    );
    const [outcome, ...others] = outcomes;
    expect(outcome!.difference!.recorded).toContain('payment.settle');
    expect(outcome!.difference!.now).toContain('payment.void');
    expect(outcome!.difference!.eventId).toBeGreaterThan(1);
    // One worker replays them all. A history that differs changes nothing for the others.
    expect(others.map(({ history, difference }) => [history.name, harm(difference)])).toEqual([
      ['completed-one-parcel.json', undefined],
      ['failed-fraud.json', undefined],
    ]);
  });

  it('reports a removed workflow type and code that throws', async () => {
    const gone = await changedBundle('workflows/index.ts', /processOrder/, 'processOrder as processOrders');
    const [missing, returns] = await replayed(await committed('failed-fraud', 'returns-small'), gone);
    expect(harm(returns!.difference)).toBeUndefined();
    expect(missing!.difference).toMatchObject({ eventId: 1, now: 'the workflow code exports no processOrder' });
    const broken = await changedBundle(
      'workflows/order/workflow.ts',
      /(function openOrder[^\n]*\n)/,
      "$1  if (input.orderId) throw new TypeError('a slip');\n",
    );
    const [thrown, again, unharmed] = await replayed(
      await committed('failed-fraud', 'failed-out-of-stock', 'returns-small'),
      broken,
    );
    expect(thrown!.difference!.now).toContain('the workflow code throws: a slip');
    expect(again!.difference!.now).toContain('the workflow code throws: a slip');
    expect(harm(unharmed!.difference)).toBeUndefined();
  });
}, 120_000);

describe('an unfinished or damaged history', () => {
  let events: HistoryEvent[];
  beforeAll(async () => {
    ({ events } = (await committed('completed-one-parcel'))[0]!);
  });
  const parsed = (list: unknown[]): RecordedHistory => parseHistory(JSON.stringify({ events: list }), 'x.json');

  it('is skipped until its first completed workflow task, and replayed from there on, wherever it stops', async () => {
    const began = events.findIndex(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED');
    expect(began).toBeGreaterThan(0);
    // A server writes the commands of a workflow task all at once.
    const lengths = events.flatMap((_, index) => (isOfTask(events[index + 1]) ? [] : [index + 1]));
    const outcomes = await replayed(
      lengths.map((length) => parsed(events.slice(0, length))),
      bundle,
    );
    expect(lengths.length).toBeGreaterThan(10);
    expect(outcomes.map(renderReport).map((text) => text.split(' ')[0])).toEqual(
      lengths.map((length) => (length <= began ? 'skipped' : 'ok')),
    );
    expect(renderReport(outcomes[0]!)).toContain('no workflow task was completed yet, so there is nothing to compare');
  });

  it.each<[string, (all: HistoryEvent[]) => unknown[], string]>([
    ['lacks events', (all) => [...all.slice(0, 3), ...all.slice(5)], 'entry 4 of `events` has the eventId "6"'],
    ['has events twice', (all) => [...all, ...all], 'closes the run, but others follow'],
    ['has events swapped', ([a, b, c]) => [a, c, b], 'entry 2 of `events` has the eventId "3"'],
    ['has no event ids', (all) => all.map((event) => ({ ...event, eventId: undefined })), 'has the eventId "none"'],
    ['has an empty event', (all) => [...all.slice(0, -1), {}], 'of `events` has no eventType'],
    ['has no event at its end', (all) => [...all.slice(0, -1), null], 'x.json is not a history'],
    ['begins with nothing', () => [null], 'does not begin with a WorkflowExecutionStarted event'],
  ])('that %s is refused', (_what, damage, message) => {
    expect(() => parsed(damage(events))).toThrow(message);
  });

  it('fails with a timeout when the SDK gives no answer', async () => {
    const [start, scheduled, started, ...rest] = events;
    const swapped = [start, { ...started, eventId: '2' }, { ...scheduled, eventId: '3' }, ...rest];
    await expect(
      (async () => {
        for await (const _ of replay([parsed(swapped)], bundle, 2_000));
      })(),
    ).rejects.toThrow('x.json: no answer from the SDK within 2 s');
  });
}, 120_000);

describe('a file', () => {
  it.each([
    ['no JSON', '{', 'x.json is not JSON'],
    ['no history', '{"items":[]}', 'x.json has no list `events`'],
    [
      'a history without its beginning',
      '{"events":[{"eventId":"5","eventType":"EVENT_TYPE_TIMER_FIRED"}]}',
      'does not begin with a WorkflowExecutionStarted event',
    ],
    [
      'a field of another type',
      '{"events":[{"eventId":{},"eventType":"EVENT_TYPE_WORKFLOW_EXECUTION_STARTED","workflowExecutionStartedEventAttributes":{"workflowType":{"name":"a"}}}]}',
      'x.json is not a history',
    ],
  ])('with %s has an error of its own', (_what, text, message) => {
    expect(() => parseHistory(text, 'x.json')).toThrow(message);
  });
});
