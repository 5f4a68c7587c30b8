import { describe, expect, it } from 'vitest';
import { began, fanOut, go, itemStep, simple, step, toy, undoable } from './toy-run.js';
import { everythingMoved } from './toy-world.js';
import type { Attempt } from './toy-world.js';

const a = step('a', undoable);
const b = step('b', { ...undoable, after: [a], skippable: true });
const next = step('next', { ...simple, after: [b], run: ({ results }) => Promise.resolve(results.b) });

describe('a step whose call is wrong or not authorized', () => {
  it('waits for an operator at once and undoes nothing; a retry makes the same call with the same key', async () => {
    const toyRun = await began([a, b, next], { 'b:do': ['unexpected', 'unexpected', 'answer'] });
    await toyRun.settle('a');
    for (const expected of ['k:b:do', 'k:b:do']) {
      await toyRun.settle('b');
      expect(toyRun.run.attention).toBe(toyRun.step('b'));
      expect(toyRun.step('b').failure).toEqual({ code: 'service_rejected_call', message: 'unexpected' });
      expect(toyRun.run.stopping).toBeUndefined();
      expect(toyRun.keys().at(-1)).toBe(expected);
      await toyRun.resolve('b', 'retry');
    }
    await toyRun.settle('b');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    expect(toyRun.keys()).toEqual(['k:a:do', 'k:b:do', 'k:b:do', 'k:b:do']);
  });

  it('is not the answer that a body catches', async () => {
    const catching = step('catching', {
      ...simple,
      run: async ({ call }) => {
        try {
          return await call(toy.do({}));
        } catch {
          return 'went on without it';
        }
      },
    });
    const toyRun = await began([catching], { 'catching:do': ['unexpected', 'answer'] });
    await toyRun.settle('catching');
    expect(toyRun.run.attention?.id).toBe('catching');
    await toyRun.resolve('catching', 'retry');
    await toyRun.settle('catching');
    expect(toyRun.step('catching').result).toBe('answer');
  });

  it('fails an optional leaf and nothing else', async () => {
    const toyRun = await began([a, step('leaf', { ...simple, optional: true })], { 'leaf:do': ['unexpected'] });
    await toyRun.settle('leaf');
    await toyRun.settle('a');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    expect(toyRun.step('leaf')).toMatchObject({ state: 'failed', failure: { code: 'service_rejected_call' } });
  });
});

describe('a step whose call another run has undone', () => {
  it('offers only abandon; then the steps that began are undone', async () => {
    const toyRun = await began([a, b, next], { 'b:do': ['undone'] });
    await toyRun.settle('a');
    await toyRun.settle('b');
    expect(toyRun.run.attention).toBe(toyRun.step('b'));
    expect(toyRun.step('b')).toMatchObject({ state: 'failed', failure: { code: 'reset_after_undo' } });
    for (const action of ['retry', 'skip'] as const) {
      expect(toyRun.run.refusesResolution('b', action)).toBe('only_abandon');
      await toyRun.resolve('b', action);
    }
    expect(toyRun.open()).toEqual([]);
    expect(toyRun.step('b').isParked).toBe(true);
    await toyRun.resolve('b', 'abandon');
    await toyRun.settle('b', 'undo');
    await toyRun.settle('a', 'undo');
    expect(toyRun.over.outcome).toMatchObject({ kind: 'ended', failure: { code: 'cancelled_by_operator', step: 'b' } });
    expect(toyRun.keys()).toEqual(['k:a:do', 'k:b:do', 'k:b:undo', 'k:a:undo']);
  });

  it('is not the answer that a body catches', async () => {
    const catching = step('catching', {
      ...undoable,
      run: ({ call }) => call(toy.do({})).catch(() => 'went on without it'),
    });
    const toyRun = await began([catching], { 'catching:do': ['undone'] });
    await toyRun.settle('catching');
    expect(toyRun.run.attention?.id).toBe('catching');
  });
});

describe('a step whose fault outlasts its retries', () => {
  async function parked() {
    const toyRun = await began([a, b, next], { 'b:do': ['fault', 'spent', 'answer'] });
    await toyRun.settle('a');
    await toyRun.settle('b');
    expect(toyRun.run.attention).toBe(toyRun.step('b'));
    expect(toyRun.step('b')).toMatchObject({
      state: 'failed',
      attempts: 2,
      failure: { code: 'service_unavailable', message: 'spent' },
    });
    expect(toyRun.over.outcome).toBeUndefined();
    return toyRun;
  }

  it('goes on with the same key on retry', async () => {
    const toyRun = await parked();
    toyRun.run.resolve('b', 'retry');
    expect(toyRun.run.attention).toBeUndefined();
    expect(toyRun.states()).toMatchObject({ b: 'running' });
    expect(toyRun.step('b').failure).toBeUndefined();
    await everythingMoved();
    await toyRun.settle('b');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    expect(toyRun.keys()).toEqual(['k:a:do', 'k:b:do', 'k:b:do']);
  });

  it('is left out on skip if the definition allows it; later steps see no result of it', async () => {
    const toyRun = await parked();
    await toyRun.resolve('b', 'skip');
    expect(toyRun.states()).toEqual({ a: 'done', b: 'skipped', next: 'done' });
    expect(toyRun.step('next').result).toBeUndefined();
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
  });

  it('ends the process on abandon and is undone too', async () => {
    const toyRun = await parked();
    toyRun.run.resolve('b', 'abandon');
    expect(toyRun.run.stopping?.code).toBe('cancelled_by_operator');
    expect(toyRun.run.attention).toBeUndefined();
    await everythingMoved();
    await toyRun.settle('b', 'undo');
    await toyRun.settle('a', 'undo');
    expect(toyRun.states()).toEqual({ a: 'undone', b: 'undone', next: 'skipped' });
    expect(toyRun.over.outcome).toMatchObject({ kind: 'ended', failure: { step: 'b' } });
  });

  it('is undone with the rest when a stop comes instead', async () => {
    const toyRun = await parked();
    toyRun.run.stop({ code: 'cancelled', message: '', step: 'b' });
    expect(toyRun.run.attention).toBeUndefined();
    await everythingMoved();
    expect(toyRun.open()).toEqual(['b:undo']);
    await toyRun.settle('b');
    await toyRun.settle('a');
    expect(toyRun.over.outcome?.kind).toBe('ended');
  });

  it('refuses decisions that do not fit its state', async () => {
    const toyRun = await parked();
    expect(toyRun.run.refusesResolution('nobody', 'retry')).toBe('unknown_step');
    expect(toyRun.run.refusesResolution('a', 'retry')).toBe('wrong_status');
    expect(toyRun.run.refusesResolution('a', 'skip')).toBe('not_skippable');
    for (const action of ['retry', 'skip', 'abandon'] as const) {
      expect(toyRun.run.refusesResolution('b', action)).toBeUndefined();
    }
    toyRun.run.resolve('a', 'abandon');
    toyRun.run.resolve('nobody', 'abandon');
    expect(toyRun.run.stopping).toBeUndefined();
    expect(toyRun.step('b').isParked).toBe(true);
  });
});

const alone = { ...b, dependsOn: [] };

describe('a step in its retries', () => {
  it('tries at once on retry: the back-off is cut, an attempt in flight is not', async () => {
    const toyRun = await began([alone], { 'b:do': ['fault', 'fault', 'fault', 'answer'] });
    const first = toyRun.world.openCall('b');
    first.next();
    expect(toyRun.step('b').failure).toEqual({ code: 'service_unavailable', message: 'fault' });
    await toyRun.resolve('b', 'retry');
    expect(first.phase).toBe('settled');
    const second = toyRun.world.openCall('b');
    second.next();
    second.next();
    expect(second.phase).toBe('trying');
    await toyRun.resolve('b', 'retry');
    expect(toyRun.open()).toEqual(['b:do']);
    second.next();
    await everythingMoved();
    expect(toyRun.world.calls).toHaveLength(3);
    await toyRun.settle('b');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    expect(new Set(toyRun.keys())).toEqual(new Set(['k:b:do']));
  });

  it('is skipped when its attempt in flight fails or is rejected, and done when that attempt succeeds', async () => {
    for (const [outcome, state] of [
      ['fault', 'skipped'],
      ['rejected', 'skipped'],
      ['answer', 'done'],
    ] as const) {
      const toyRun = await began([alone], { 'b:do': ['fault', outcome] });
      const call = toyRun.world.openCall('b');
      call.next();
      call.next();
      await toyRun.resolve('b', 'skip');
      expect(toyRun.states()).toEqual({ b: 'running' });
      call.next();
      await everythingMoved();
      expect(toyRun.states()).toEqual({ b: state });
      expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    }
  });
});

describe('two decisions of an operator at the same moment', () => {
  const words = ['retry', 'skip', 'abandon'] as const;
  const pairs = words.flatMap((first) => words.map((second) => [first, second] as const));

  it.each(pairs)('on a step in its retries, %s and %s: the first is taken, the second is refused', async (...both) => {
    const toyRun = await began([alone], { 'b:do': ['fault', 'fault'] });
    const call = toyRun.world.openCall('b');
    call.next();
    call.next();
    expect(call.phase).toBe('trying');
    const refused = both.map((action) => {
      const why = toyRun.run.refusesResolution('b', action);
      toyRun.run.resolve('b', action);
      return why;
    });
    expect(refused).toEqual([undefined, 'wrong_status']);
    expect(toyRun.step('b').isStuck).toBe(false);
    call.next();
    await everythingMoved();
    const [first] = both;
    if (first === 'abandon') await toyRun.settle('b', 'undo');
    expect(toyRun.step('b').state).toBe({ retry: 'running', skip: 'skipped', abandon: 'undone' }[first]);
  });

  it.each(pairs)('on a step that is parked, %s and %s: the first is taken, the second is refused', async (...both) => {
    const toyRun = await began([alone], { 'b:do': ['spent'] });
    await toyRun.settle('b');
    expect(toyRun.step('b').isParked).toBe(true);
    const refused = both.map((action) => {
      const why = toyRun.run.refusesResolution('b', action);
      toyRun.run.resolve('b', action);
      return why;
    });
    expect(refused).toEqual([undefined, 'wrong_status']);
  });
});

describe('two decisions of an operator on a waiting step', () => {
  it.each([
    ['skip', 'abandon'],
    ['abandon', 'skip'],
    ['skip', 'skip'],
  ] as const)('%s and %s: the first is taken, the second is refused', async (...both) => {
    const waiting = step('waiting', { expectedMs: 1, skippable: true, run: ({ wait }) => wait(go) });
    const toyRun = await began([waiting]);
    const refused = both.map((action) => {
      const why = toyRun.run.refusesResolution('waiting', action);
      toyRun.run.resolve('waiting', action);
      return why;
    });
    expect(refused).toEqual([undefined, 'wrong_status']);
    await everythingMoved();
    expect(toyRun.over.outcome?.kind).toBe(both[0] === 'skip' ? 'completed' : 'ended');
  });
});

describe('two calls of a step at once', () => {
  const both = step('both', {
    ...simple,
    skippable: true,
    run: ({ call }) => Promise.all([call(toy.do({}, 'a')), call(toy.do({}, 'b'))]),
  });

  it('have keys and activity ids of their own', async () => {
    const toyRun = await began([both]);
    expect(toyRun.keys()).toEqual(['k:both:do:a', 'k:both:do:b']);
    expect(toyRun.open()).toEqual(['both:do', 'both:do#2']);
  });

  it('are both retried by one retry and both left out by one skip', async () => {
    const script = { 'both:do': ['spent', 'spent', 'answer', 'answer'] as const };
    for (const action of ['retry', 'skip'] as const) {
      const toyRun = await began([both], { 'both:do': [...script['both:do']] });
      const [first, second] = toyRun.world.open;
      first!.next();
      second!.next();
      await everythingMoved();
      expect(toyRun.run.attention?.id).toBe('both');
      await toyRun.resolve('both', action);
      expect(toyRun.world.open).toHaveLength(action === 'retry' ? 2 : 0);
      for (const call of toyRun.world.open) call.next();
      await everythingMoved();
      expect(toyRun.states()).toEqual({ both: action === 'retry' ? 'done' : 'skipped' });
      expect(toyRun.over.left).toBe(true);
    }
  });

  it('keep the failure of one when the other is answered', async () => {
    const toyRun = await began([both], { 'both:do': ['spent', 'answer'] });
    const [first, second] = toyRun.world.open;
    first!.next();
    await everythingMoved();
    second!.next();
    await everythingMoved();
    expect(toyRun.run.attention?.failure).toEqual({ code: 'service_unavailable', message: 'spent' });
  });
});

describe('a step that is abandoned past its pivot, and says what the run takes for granted', () => {
  const pivot = step('pivot', { ...simple, pivot: true });
  const ask = step('ask', { ...simple, after: [pivot], assumed: () => 'granted' });
  const last = step('last', { ...simple, after: [ask] });

  const resolved = async (action: 'abandon' | 'retry', { isOld = false } = {}) => {
    const toyRun = await began([pivot, ask, last], { 'ask:do': ['unexpected', 'answer'] });
    toyRun.world.isOld = isOld;
    await toyRun.settle('pivot');
    await toyRun.settle('ask');
    await toyRun.resolve('ask', action);
    return toyRun;
  };

  it('is done with that, and what comes after it sees it', async () => {
    const toyRun = await resolved('abandon');
    expect([toyRun.states().ask, toyRun.open()]).toEqual(['done', ['last:do']]);
    expect(toyRun.run.steps.get('ask')!.result).toBe('granted');
  });

  it('takes nothing for granted when an operator retries, or in an old run', async () => {
    expect((await resolved('retry')).open()).toEqual(['ask:do']);
    const old = await resolved('abandon', { isOld: true });
    expect([old.states().ask, old.run.steps.get('ask')!.result]).toEqual(['failed', undefined]);
  });
});

describe('a step that is given up past its pivot', () => {
  const pivot = step('pivot', { ...simple, pivot: true });
  const send = step('send', {
    ...simple,
    after: [pivot],
    giveUp: async ({ call }) => {
      await call(toy.undo({}));
    },
  });
  const last = step('last', { ...simple, after: [send] });

  const givenUp = async (script: Record<string, Attempt[]>, isOld = false) => {
    const toyRun = await began([pivot, send, last], { 'send:do': ['unexpected'], ...script });
    toyRun.world.isOld = isOld;
    await toyRun.settle('pivot');
    await toyRun.settle('send');
    await toyRun.resolve('send', 'abandon');
    return toyRun;
  };

  it('takes back what its call may have done, and only then goes on', async () => {
    const toyRun = await givenUp({});
    expect([toyRun.states().send, toyRun.open()]).toEqual(['undoing', ['send:undo']]);
    await toyRun.settle('send', 'undo');
    expect([toyRun.states().send, toyRun.open()]).toEqual(['failed', ['last:do']]);
    await toyRun.settle('last');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    expect(toyRun.keys()).toEqual(['k:pivot:do', 'k:send:do', 'k:send:undo', 'k:last:do']);
  });

  it('is done if that comes too late, and goes on with what there is', async () => {
    const first = itemStep('first', { ...simple, pivot: true });
    const again = itemStep('again', {
      ...simple,
      after: [first],
      when: (_facts, _results, item) => item === 'x',
      giveUp: async ({ call, addBranch, makes }) => {
        await call(toy.undo({}));
        if (makes('give-up-parcel')) addBranch('y', 'y');
        return 'sent';
      },
    });
    const fan = fanOut('fan', { over: () => [{ id: 'x', item: 'x' }], branch: [first, again] });
    const toyRun = await began([fan], { 'again:x:do': ['unexpected'] });
    await toyRun.settle('first:x');
    await toyRun.settle('again:x');
    await toyRun.resolve('again:x', 'abandon');
    await toyRun.settle('again:x', 'undo');
    expect([toyRun.states()['again:x'], toyRun.open()]).toEqual(['done', ['first:y:do']]);
    expect(toyRun.run.steps.get('again:x')!.result).toBe('sent');
    await toyRun.settle('first:y');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
  });

  it('tries that without end, and shows it', async () => {
    const toyRun = await givenUp({ 'send:undo': ['unexpected', 'answer'] });
    await toyRun.settle('send', 'undo');
    expect(toyRun.run.attention?.id).toBe('send');
    await toyRun.resolve('send', 'retry');
    await toyRun.settle('send', 'undo');
    expect(toyRun.states().send).toBe('failed');
  });

  it('takes nothing back when an operator retries, or in an old run', async () => {
    const retried = await began([pivot, send, last], { 'send:do': ['unexpected', 'answer'] });
    await retried.settle('pivot');
    await retried.settle('send');
    await retried.resolve('send', 'retry');
    await retried.settle('send');
    expect(retried.keys()).toEqual(['k:pivot:do', 'k:send:do', 'k:send:do', 'k:last:do']);
    const old = await givenUp({}, true);
    expect([old.states().send, old.open()]).toEqual(['failed', ['last:do']]);
  });
});
