import { describe, expect, it } from 'vitest';
import { everythingMoved } from './toy-world.js';
import type { Attempt } from './toy-world.js';
import { began, fanOut, go, itemStep, out, simple, step, toy, undoable } from './toy-run.js';

const a = step('a', undoable);
const b = step('b', { ...undoable, after: [a] });
const c = step('c', { ...undoable, after: [a] });
const last = step('last', { ...undoable, after: [b, c] });

describe('the undo', () => {
  it('goes back through the steps that began, independent ones side by side', async () => {
    const toyRun = await began([a, b, c, last], { 'last:do': ['rejected'] });
    await toyRun.settle('a');
    await toyRun.settle('b');
    await toyRun.settle('c');
    await toyRun.settle('last');
    expect(toyRun.run.stopping).toEqual({ code: 'toy_rejected', message: 'rejected', step: 'last' });
    expect(toyRun.open()).toEqual(['last:undo']);
    expect(toyRun.step('last').state).toBe('undoing');
    expect(toyRun.world.openCall('last').request.summary).toMatch(/^last: .*undo/);
    await toyRun.settle('last');
    expect(toyRun.open()).toEqual(['b:undo', 'c:undo']);
    await toyRun.settle('c');
    expect(toyRun.open()).toEqual(['b:undo']);
    await toyRun.settle('b');
    await toyRun.settle('a');
    expect(toyRun.states()).toEqual({ a: 'undone', b: 'undone', c: 'undone', last: 'failed' });
    expect(toyRun.step('last').failure).toEqual({ code: 'toy_rejected', message: 'rejected' });
  });

  it('is registered before the do: a call without an answer is undone too', async () => {
    const toyRun = await began([a], { 'a:do': ['fault'] });
    toyRun.world.openCall('a').next();
    await toyRun.stop();
    // The stop cut the back-off; nobody knows whether the first attempt took effect.
    expect(toyRun.open()).toEqual(['a:undo']);
    await toyRun.settle('a');
    expect(toyRun.states()).toEqual({ a: 'undone' });
  });

  it('waits for an attempt in flight, and no further attempt follows', async () => {
    const toyRun = await began([a], { 'a:do': ['fault', 'fault', 'answer'] });
    const call = toyRun.world.openCall('a');
    call.next();
    call.next();
    expect(call.phase).toBe('trying');
    await toyRun.stop();
    expect(toyRun.open()).toEqual(['a:do']);
    call.next();
    expect([call.attempts, call.phase]).toEqual([2, 'settled']);
  });

  it('waits for both of two parallel calls, although the first rejection has ended the step', async () => {
    const both = step('both', {
      ...undoable,
      run: ({ call }) => Promise.all([call(toy.do({})), call(toy.also({}))]),
    });
    const toyRun = await began([both, step('other', undoable)], { 'both:do': ['rejected'] });
    await toyRun.settle('both', 'do');
    expect(toyRun.run.stopping?.code).toBe('toy_rejected');
    expect(toyRun.open().sort()).toEqual(['both:also', 'other:do']);
    await toyRun.settle('other');
    expect(toyRun.open()).toEqual(['both:also']);
    await toyRun.settle('both', 'also');
    expect(toyRun.open().sort()).toEqual(['both:undo', 'other:undo']);
  });

  it('shows its failure, is retried without limit under one key, and the walk ends when it succeeds', async () => {
    const toyRun = await began([a], { 'a:undo': ['spent', 'fault', 'spent', 'answer'] });
    await toyRun.settle('a');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });

    const stopped = await began([a, step('never', simple)], { 'a:undo': ['spent', 'fault', 'spent', 'answer'] });
    await stopped.settle('a');
    await stopped.stop();
    await stopped.settle('never');
    const undo = stopped.world.openCall('a', 'undo');
    const attempt = async () => {
      undo.next();
      await everythingMoved();
    };
    await attempt();
    expect(stopped.run.attention?.id).toBe('a');
    expect(stopped.states()).toMatchObject({ a: 'undoing' });
    expect(stopped.step('a').failure).toEqual({ code: 'service_unavailable', message: 'spent' });
    for (let backOffsAndFaults = 0; backOffsAndFaults < 5; backOffsAndFaults += 1) await attempt();
    expect(stopped.over.outcome).toBeUndefined();
    expect(stopped.open(), 'it is one call all the time').toEqual(['a:undo']);
    await attempt();
    expect(stopped.run.attention).toBeUndefined();
    expect(stopped.over.outcome?.kind).toBe('ended');
    expect(stopped.states()).toEqual({ a: 'undone', never: 'done' });
    expect(new Set(stopped.keys())).toEqual(new Set(['k:a:do', 'k:never:do', 'k:a:undo']));
  });

  it('with a wrong call waits for an operator, and a retry has the same key', async () => {
    const toyRun = await began([a, step('never', simple)], { 'a:undo': ['unexpected', 'answer'] });
    await toyRun.settle('a');
    await toyRun.stop();
    await toyRun.settle('never');
    await toyRun.settle('a', 'undo');
    expect(toyRun.run.attention?.id).toBe('a');
    expect(toyRun.step('a')).toMatchObject({ state: 'undoing', failure: { code: 'service_rejected_call' } });
    expect(toyRun.open(), 'it is not made again by itself').toEqual([]);
    await toyRun.resolve('a', 'retry');
    await toyRun.settle('a', 'undo');
    expect(toyRun.over.outcome?.kind).toBe('ended');
    expect(toyRun.keys().filter((key) => key.includes('undo'))).toEqual(['k:a:undo', 'k:a:undo']);
  });

  describe('that a message can make pointless', () => {
    const book = step('book', {
      ...simple,
      undo: async ({ callUnless, mailbox }) => {
        const isOut = () => mailbox.peek(out) !== undefined;
        await callUnless(isOut, toy.undo({}));
        return isOut() ? 'gone' : undefined;
      },
    });
    const dispatch = step('dispatch', {
      after: [book],
      expectedMs: 1,
      pivot: true,
      run: ({ wait }) => wait(go),
    });
    const stopped = async (undoing: Attempt[]) => {
      const toyRun = await began([book, dispatch], { 'book:undo': undoing });
      await toyRun.settle('book');
      return toyRun;
    };

    it('does not begin if the message came first', async () => {
      const toyRun = await stopped([]);
      toyRun.run.mailbox.put(out, { id: '1', content: '' });
      await toyRun.stop();
      expect(toyRun.open()).toEqual([]);
      expect(toyRun.states()).toEqual({ book: 'done', dispatch: 'done' });
      expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    });

    it('ends during its back-off', async () => {
      const toyRun = await stopped(['fault', 'answer']);
      await toyRun.stop();
      toyRun.world.openCall('book').next();
      expect(toyRun.world.openCall('book').phase).toBe('backOff');
      await toyRun.message(out);
      expect(toyRun.open()).toEqual([]);
      expect(toyRun.states()).toEqual({ book: 'done', dispatch: 'done' });
      expect(toyRun.step('book').failure).toBeUndefined();
    });

    it('ends with the attempt in flight, which is the last one', async () => {
      const toyRun = await stopped(['fault', 'fault', 'answer']);
      await toyRun.stop();
      const call = toyRun.world.openCall('book');
      call.next();
      call.next();
      await toyRun.message(out);
      expect(toyRun.states()).toMatchObject({ book: 'undoing' });
      call.next();
      await everythingMoved();
      expect([call.attempts, call.phase]).toEqual([2, 'settled']);
      expect(toyRun.states()).toEqual({ book: 'done', dispatch: 'done' });
    });

    it('ends while it waits for an operator', async () => {
      const toyRun = await stopped(['rejected']);
      await toyRun.stop();
      await toyRun.settle('book');
      expect(toyRun.run.attention?.id).toBe('book');
      await toyRun.message(out);
      expect(toyRun.run.attention).toBeUndefined();
      expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    });
  });

  it('that a service rejects waits for an operator, and a retry has a new key', async () => {
    const toyRun = await began([a, step('never', simple)], { 'a:undo': ['rejected', 'answer'] });
    await toyRun.settle('a');
    await toyRun.stop();
    await toyRun.settle('never');
    await toyRun.settle('a', 'undo');
    expect(toyRun.run.attention?.id).toBe('a');
    expect(toyRun.states()).toMatchObject({ a: 'undoing' });
    expect(['retry', 'abandon'].map((x) => toyRun.run.refusesResolution('a', x as 'retry'))).toEqual([
      undefined,
      'wrong_status',
    ]);
    toyRun.run.resolve('a', 'retry');
    expect(toyRun.run.attention).toBeUndefined();
    expect(toyRun.step('a').state).toBe('undoing');
    await everythingMoved();
    await toyRun.settle('a', 'undo');
    expect(toyRun.keys().slice(-2)).toEqual(['k:a:undo', 'k:a:undo#2']);
    expect(toyRun.over.outcome?.kind).toBe('ended');
  });

  it('is not disturbed by a second stop or by the error of a step that is already stopping', async () => {
    const toyRun = await began([a, b, c], { 'c:do': ['rejected'] });
    await toyRun.settle('a');
    await toyRun.stop();
    await toyRun.settle('c');
    await toyRun.settle('b');
    expect(toyRun.run.stopping?.code).toBe('cancelled');
    await toyRun.stop();
    expect(toyRun.open()).toEqual(['b:undo', 'c:undo']);
    await toyRun.settle('b');
    await toyRun.settle('c');
    await toyRun.settle('a');
    expect(toyRun.over.outcome).toMatchObject({ failure: { code: 'cancelled' } });
    expect(toyRun.states()).toEqual({ a: 'undone', b: 'undone', c: 'failed' });
  });

  it('has nothing to do if nothing began', async () => {
    const toyRun = await began([step('first', simple), step('then', { ...undoable, after: [step('first', simple)] })]);
    await toyRun.stop();
    await toyRun.settle('first');
    expect(toyRun.states()).toEqual({ first: 'done', then: 'skipped' });
    expect(toyRun.over.outcome?.kind).toBe('ended');
  });
});

describe('past a pivot', () => {
  /** For each undo: its item, and whether it was told to undo this branch only. */
  let seen: [string, boolean][] = [];
  const book = itemStep('book', {
    ...simple,
    undo: async ({ call, item, onlyThisBranch }) => {
      const answer = await call(toy.undo({}));
      seen.push([item, onlyThisBranch]);
      return answer === 'gone' ? 'gone' : undefined;
    },
  });
  const dispatch = itemStep('dispatch', {
    after: [book],
    expectedMs: 1,
    pivot: true,
    run: ({ waitUntil, mailbox, item }) => waitUntil(() => mailbox.peek(out, item)),
  });
  const capture = itemStep('capture', { ...undoable, after: [dispatch] });
  const ship = fanOut('ship', {
    after: [a],
    over: () => ['x', 'y'].map((id) => ({ id, item: id })),
    branch: [book, dispatch, capture],
  });
  const sign = step('sign', { ...undoable, after: [ship] });
  const leaf = step('leaf', { ...simple, after: [a], optional: true });

  it('a branch that is out is kept with everything before it; each other branch is undone on its own', async () => {
    seen = [];
    const toyRun = await began([a, ship, sign]);
    await toyRun.settle('a');
    await toyRun.settle('book:x');
    await toyRun.settle('book:y');
    await toyRun.message(out, '1', 'x');
    expect(toyRun.run.steps.isAnyPivotPassed).toBe(true);
    await toyRun.stop();
    expect(toyRun.open()).toEqual(['capture:x:do', 'book:y:undo']);
    await toyRun.settle('book:y');
    expect(seen).toEqual([['y', true]]);
    expect(toyRun.run.stopping).toBeUndefined();
    await toyRun.settle('capture:x');
    await toyRun.settle('sign');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    expect(toyRun.states()).toMatchObject({ a: 'done', 'book:x': 'done', 'book:y': 'undone', 'capture:y': 'skipped' });
  });

  it('that an undo discovers, rejected steps block nothing and undone branches are undone again, each on its own', async () => {
    seen = [];
    const toyRun = await began([a, ship, sign], { 'book:x:undo': ['gone'], 'book:y:do': ['rejected'] });
    await toyRun.settle('a');
    await toyRun.settle('book:x');
    await toyRun.settle('book:y');
    expect(toyRun.open()).toEqual(['book:x:undo', 'book:y:undo']);
    await toyRun.settle('book:y');
    await toyRun.settle('book:x');
    expect(toyRun.step('dispatch:x').state).toBe('done');
    await toyRun.settle('book:y', 'undo');
    expect(seen).toEqual([
      ['y', false],
      ['x', false],
      ['y', true],
    ]);
    expect(toyRun.keys().filter((k) => k === 'k:book:y:undo')).toHaveLength(2);
    await toyRun.settle('capture:x');
    await toyRun.settle('sign');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    expect(toyRun.states()).toMatchObject({ a: 'done', 'book:x': 'done', 'book:y': 'failed', ship: 'done' });
  });

  it('“gone” from a step without a pivot is a bug, not an endless undo', async () => {
    const odd = step('odd', { ...simple, undo: () => Promise.resolve('gone' as const) });
    const toyRun = await began([odd, step('other', simple)], { 'other:do': ['rejected'] });
    await toyRun.settle('odd');
    await toyRun.settle('other');
    expect(toyRun.over.bug).toMatchObject({ message: expect.stringContaining('no pivot') as string });
  });

  it('a rejection waits for an operator; the retry has a new key, and an answered call keeps its key', async () => {
    const twice = itemStep('twice', {
      ...simple,
      after: [dispatch],
      run: async ({ call }) => {
        await call(toy.do({}));
        await call(toy.also({}));
      },
    });
    const only = fanOut('ship', { over: () => [{ id: 'x', item: 'x' }], branch: [book, dispatch, twice] });
    const toyRun = await began([only], { 'twice:x:also': ['rejected', 'rejected', 'answer'] });
    await toyRun.settle('book:x');
    await toyRun.message(out, '1', 'x');
    for (const round of ['', '#2', '#3']) {
      await toyRun.settle('twice:x', 'do');
      await toyRun.settle('twice:x', 'also');
      expect(toyRun.keys().slice(-2)).toEqual(['k:twice:x:do', `k:twice:x:also${round}`]);
      if (round === '#3') break;
      expect(toyRun.run.attention?.id).toBe('twice:x');
      expect(toyRun.step('twice:x')).toMatchObject({ state: 'failed', failure: { code: 'toy_rejected' } });
      expect(toyRun.run.stopping).toBeUndefined();
      await toyRun.resolve('twice:x', 'retry');
    }
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
  });

  it('abandoning gives up one step alone, and an optional leaf never ends the rest', async () => {
    const toyRun = await began([a, leaf, ship, sign], {
      'capture:x:do': ['spent'],
      'sign:do': ['spent'],
      'leaf:do': ['fault'],
    });
    await toyRun.settle('a');
    toyRun.world.openCall('leaf').next();
    await toyRun.settle('book:x');
    await toyRun.settle('book:y');
    await toyRun.message(out, '1', 'x');
    await toyRun.message(out, '2', 'y');
    await toyRun.settle('capture:x');
    await toyRun.settle('capture:y');
    await toyRun.resolve('capture:x', 'abandon');
    expect(toyRun.states()).toMatchObject({ 'capture:x': 'failed', ship: 'done', sign: 'running' });
    await toyRun.resolve('leaf', 'abandon');
    expect(toyRun.states()).toMatchObject({ leaf: 'failed', sign: 'running' });
    await toyRun.settle('sign');
    await toyRun.resolve('sign', 'abandon');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    expect(toyRun.open()).toEqual([]);
    expect(toyRun.states()).toMatchObject({ a: 'done', 'book:x': 'done', 'capture:y': 'done', sign: 'failed' });
  });
});
