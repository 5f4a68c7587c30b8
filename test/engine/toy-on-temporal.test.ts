import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { activityInfo } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceCall } from '../../activities/service-call.js';
import { Fault, Rejection } from '../../services/support/client.js';
import { timeSkippingEnvironment } from '../support/time-skipping.js';
import { until } from '../support/until.js';
import type { ToyInput, ToyResult, ToyStep } from './toy-workflow.js';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const hour = 3_600_000;
const operations = ['make', 'unmake', 'pack', 'unpack', 'send'] as const;
type Operation = (typeof operations)[number];

/** One attempt, as the activity sees it. */
interface Seen {
  operation: Operation;
  key: string;
  local: boolean;
  attempt: number;
  activityId: string;
  taskQueue: string;
  /** By the server's clock. */
  at: number;
}

let env: TestWorkflowEnvironment;
let bundle: { code: string };
beforeAll(async () => {
  env = await timeSkippingEnvironment();
  bundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./toy-workflow.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
});
afterAll(() => env.teardown());

const fault = (retryAfterMs?: number) => new Fault('toy', 'toy', 'toy: 503', 503, retryAfterMs);
const refusal = () => new Rejection('toy_rejected', 'The toy says no.', 'toy', 'toy');

/** The outcome of each operation's attempts, in order: an error, or an answer after an event. Attempts that are not listed succeed. */
type Script = Partial<Record<Operation, (Error | (() => Promise<void>))[]>>;

async function withToy(
  input: Partial<ToyInput>,
  script: Script,
  test: (toy: { handle: WorkflowHandle; seen: Seen[]; of: (operation: Operation) => Seen[] }) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = [];
  const left = new Map(operations.map((o) => [o, [...(script[o] ?? [])]]));
  const activities = Object.fromEntries(
    operations.map((operation) => [
      `toy.${operation}`,
      serviceCall(async ({ key }: { key: string }) => {
        const { isLocal, attempt, activityId, taskQueue } = activityInfo();
        const at = await env.currentTimeMs();
        seen.push({ operation, key, local: isLocal, attempt, activityId, taskQueue, at });
        const next = left.get(operation)!.shift();
        if (next instanceof Error) throw next;
        await next?.();
        return operation;
      }),
    ]),
  );
  const connection = env.nativeConnection;
  const workers = await Promise.all([
    Worker.create({ connection, taskQueue: 'toys', workflowBundle: bundle, activities }),
    Worker.create({ connection, taskQueue: 'service-toy', activities }),
  ]);
  const running = workers.map((w) => w.run());
  const workflowId = `toy-${randomUUID().slice(0, 8)}`;
  try {
    const handle = await env.client.workflow.start('toyProcess', {
      workflowId,
      taskQueue: 'toys',
      args: [{ retryBudgetMs: 100 * hour, ...input }],
    });
    await test({ handle, seen, of: (operation) => seen.filter((s) => s.operation === operation) });
    await replayed(handle);
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  }
}

/** Replays a run against the code that made it: the code must issue the same commands in the same order. */
async function replayed(handle: WorkflowHandle): Promise<void> {
  const history = await handle.fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: bundle }, history, handle.workflowId);
}

const stateOf = async (handle: WorkflowHandle, step: string): Promise<ToyStep> =>
  (await handle.query<ToyStep[]>('toy')).find((s) => s.id === step)!;
const result = (handle: WorkflowHandle) => handle.result() as Promise<ToyResult>;
const states = ({ steps }: ToyResult) => Object.fromEntries(steps.map((s) => [s.id, s.state]));

const decoded = (payload: unknown): unknown => payload && defaultPayloadConverter.fromPayload(payload);

describe('the toy process on Temporal', () => {
  it('makes a call as a local attempt first and retries a failed one as an activity, with the same key each time', async () => {
    await withToy({}, { make: [fault(), fault(), fault()] }, async ({ handle, of }) => {
      await handle.signal('go', 'now');
      const end = await result(handle);
      expect(end.outcome).toEqual({ kind: 'completed' });
      const attempts = of('make');
      expect(attempts.map((a) => [a.local, a.attempt])).toEqual([
        [true, 1],
        [false, 1],
        [false, 2],
        [false, 3],
      ]);
      expect(new Set(attempts.map((a) => a.key))).toEqual(new Set([`${handle.workflowId}:make:make`]));
      expect(attempts.slice(1).map((a) => [a.activityId, a.taskQueue])).toEqual(
        Array(3).fill(['make:make', 'service-toy']),
      );
      expect(end.steps.find((s) => s.id === 'make')!.attempts).toBe(4);
      expect(of('pack').map((a) => a.local)).toEqual([true]);
      expect(of('send').map((a) => [a.local, a.key])).toEqual([[false, `${handle.workflowId}:send:send:now`]]);
      const { events } = await handle.fetchHistory();
      const scheduled = events!.filter((e) => e.activityTaskScheduledEventAttributes);
      expect(scheduled.map((e) => e.activityTaskScheduledEventAttributes!.activityId)).toEqual([
        'make:make',
        'send:send',
      ]);
      for (const event of scheduled) expect(decoded(event.userMetadata?.summary)).toMatch(/^(make|send)/);
    });
  });

  it('shows no trouble for a call that is defined as queued', async () => {
    let letGo!: () => void;
    const mayGo = new Promise<void>((resolve) => (letGo = resolve));
    await withToy({}, { send: [() => mayGo] }, async ({ handle, of }) => {
      await handle.signal('go', 'now');
      await until(() => of('send').length === 1);
      const { state, failure } = await stateOf(handle, 'send');
      letGo();
      await result(handle);
      expect({ state, failure }).toEqual({ state: 'running', failure: undefined });
    });
  });

  it('waits as long as the service asks before it retries', async () => {
    await withToy({}, { make: [fault(), fault(2 * hour)] }, async ({ handle, of }) => {
      await handle.signal('go', 'now');
      await result(handle);
      const [, asked, later] = of('make');
      expect(later!.at - asked!.at).toBeGreaterThanOrEqual(2 * hour);
      expect(later!.at - asked!.at).toBeLessThan(3 * hour);
    });
  });

  it('waits as asked after the first attempt too, on a timer that a stop ends', async () => {
    await withToy({}, { make: [fault(2 * hour)] }, async ({ handle, of }) => {
      await handle.signal('go', 'now');
      await result(handle);
      const [asked, later] = of('make');
      expect(later!.at - asked!.at).toBeGreaterThanOrEqual(2 * hour);
    });
    await withToy({}, { make: [fault(2 * hour)] }, async ({ handle, of }) => {
      await until(async () => (await stateOf(handle, 'make')).attempts === 1);
      await handle.cancel();
      const end = await result(handle);
      expect(states(end)).toEqual({ make: 'undone', pack: 'undone', sign: 'skipped', send: 'skipped' });
      expect(of('make')).toHaveLength(1);
      expect(of('unmake')[0]!.at - of('make')[0]!.at).toBeLessThan(hour);
    });
  });

  it('waits 14 days on a timer that says what it is for', async () => {
    await withToy({}, {}, async ({ handle, of }) => {
      const end = await result(handle);
      const sign = end.steps.find((s) => s.id === 'sign')!;
      expect(sign.finishedAt! - sign.startedAt!).toBeGreaterThanOrEqual(14 * 24 * hour);
      expect(of('send').map((a) => a.key)).toEqual([`${handle.workflowId}:send:send:by itself`]);
      const { events } = await handle.fetchHistory();
      const timers = events!.filter((e) => e.timerStartedEventAttributes);
      expect(timers.map((e) => decoded(e.userMetadata?.summary))).toEqual(['sign: signs itself then']);
    });
  });

  it('cancels the timer of a wait that is over', async () => {
    await withToy({}, {}, async ({ handle }) => {
      await until(async () => (await stateOf(handle, 'sign')).state === 'waiting');
      await handle.signal('go', 'now');
      await result(handle);
      const { events } = await handle.fetchHistory();
      expect(events!.filter((e) => e.timerCanceledEventAttributes)).toHaveLength(1);
      expect(events!.filter((e) => e.timerFiredEventAttributes)).toHaveLength(0);
    });
  });

  it('undoes the earlier steps on a rejection, and retries the undo until it succeeds', async () => {
    const script = { send: [refusal()], unpack: [fault(), fault(24 * hour), fault()], unmake: [fault()] };
    await withToy({}, script, async ({ handle, seen, of }) => {
      await handle.signal('go', 'now');
      const end = await result(handle);
      expect(end.outcome).toMatchObject({ kind: 'ended', failure: { code: 'toy_rejected', step: 'send' } });
      expect(states(end)).toEqual({ make: 'undone', pack: 'undone', sign: 'done', send: 'failed' });
      expect(of('send')).toHaveLength(1);
      expect(of('unpack').map((a) => a.key)).toEqual(Array(4).fill(`${handle.workflowId}:pack:unpack`));
      expect(seen.findIndex((s) => s.operation === 'unmake')).toBeGreaterThan(
        seen.findLastIndex((s) => s.operation === 'unpack'),
      );
    });
  });

  it('parks a step whose fault outlasts its retry budget, and a stop still undoes it', async () => {
    await withToy({ retryBudgetMs: 2000 }, { pack: Array<Error>(40).fill(fault()) }, async ({ handle }) => {
      await until(async () => (await stateOf(handle, 'pack')).state === 'failed');
      expect((await stateOf(handle, 'pack')).attempts).toBeGreaterThan(1);
      await handle.cancel();
      const end = await result(handle);
      expect(states(end)).toEqual({ make: 'undone', pack: 'undone', sign: 'skipped', send: 'skipped' });
    });
  });
});

describe('a Cancel from outside', () => {
  it('ends a wait and a back-off, and does not disturb the undo or its retries', async () => {
    const script = {
      pack: [fault(), ...Array<Error>(40).fill(fault(50 * hour))],
      unpack: [fault(), fault(3 * hour)],
      unmake: [fault(), fault()],
    };
    await withToy({}, script, async ({ handle, of }) => {
      await until(() => of('pack').length === 2);
      await handle.cancel();
      const end = await result(handle);
      expect(end.outcome).toEqual({
        kind: 'ended',
        failure: { code: 'cancelled', message: 'Cancelled from outside.', step: 'toy' },
      });
      expect(states(end)).toEqual({ make: 'undone', pack: 'undone', sign: 'skipped', send: 'skipped' });
      expect(of('pack')).toHaveLength(2);
      expect(of('unpack').map((a) => a.local)).toEqual([true, false, false]);
      expect(of('unmake').map((a) => a.local)).toEqual([true, false, false]);
      expect((await handle.describe()).status.name).toBe('COMPLETED');
    });
  });

  it('waits for the attempt in flight and undoes its effect with the rest', async () => {
    let inFlight!: () => void;
    const isInFlight = new Promise<void>((resolve) => (inFlight = resolve));
    let letGo!: () => void;
    const mayGo = new Promise<void>((resolve) => (letGo = resolve));
    const slow = () => (inFlight(), mayGo);
    await withToy({}, { pack: [fault(), slow] }, async ({ handle, seen, of }) => {
      await isInFlight;
      await handle.cancel();
      await until(async () => (await stateOf(handle, 'sign')).state === 'skipped');
      expect(of('unpack')).toEqual([]);
      letGo();
      const end = await result(handle);
      expect(states(end)).toEqual({ make: 'undone', pack: 'undone', sign: 'skipped', send: 'skipped' });
      expect(seen.map((s) => s.operation)).toEqual(['make', 'pack', 'pack', 'unpack', 'unmake']);
    });
  });

  it('undoes nothing past a pivot; timers and calls go on undisturbed', async () => {
    await withToy({ pivot: true }, { send: [fault(), fault(hour)] }, async ({ handle, of }) => {
      await until(async () => (await stateOf(handle, 'sign')).state === 'waiting');
      await handle.cancel();
      const end = await result(handle);
      expect(end.outcome).toEqual({ kind: 'completed' });
      expect(states(end)).toEqual({ make: 'done', pack: 'done', sign: 'done', send: 'done' });
      expect(of('unpack')).toEqual([]);
      const sign = end.steps.find((s) => s.id === 'sign')!;
      expect(sign.finishedAt! - sign.startedAt!).toBeGreaterThanOrEqual(14 * 24 * hour);
    });
  });

  it('does not shorten a condition with a timeout inside a shield', async () => {
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'shield',
      workflowBundle: bundle,
    });
    await worker.runUntil(async () => {
      const handle = await env.client.workflow.start('timerInShield', {
        workflowId: `shield-${randomUUID()}`,
        taskQueue: 'shield',
        args: [5 * hour],
      });
      const from = await env.currentTimeMs();
      await handle.cancel();
      expect(await handle.result()).toBe(false);
      expect((await env.currentTimeMs()) - from).toBeGreaterThanOrEqual(5 * hour);
      await replayed(handle);
    });
  });
});
