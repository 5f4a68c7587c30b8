import { describe, expect, it } from 'vitest';
import { EndProcess } from '../../workflows/engine/body-end.js';
import type { AnyStep } from '../../workflows/engine/definition.js';
import { began, fanOut, go, itemStep, out, simple, step, toy, undoable } from './toy-run.js';
import { everythingMoved } from './toy-world.js';

const a = step('a', undoable);

describe('an optional leaf', () => {
  const leaf = step('leaf', { ...simple, after: [a], optional: true });
  const next = step('next', { ...simple, after: [a] });

  it('fails nothing; the end of the run waits for it, the outcome does not', async () => {
    const toyRun = await began([a, leaf, next], { 'leaf:do': ['fault', 'spent'] });
    await toyRun.settle('a');
    await toyRun.settle('next');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    expect(toyRun.over.left).toBeUndefined();
    await toyRun.settle('leaf');
    expect(toyRun.over.left).toBe(true);
    expect(toyRun.step('leaf')).toMatchObject({
      state: 'failed',
      failure: { code: 'service_unavailable' },
      attempts: 2,
    });
    expect(toyRun.run.attention).toBeUndefined();
  });

  it('may be rejected', async () => {
    const toyRun = await began([a, leaf, next], { 'leaf:do': ['rejected'] });
    await toyRun.settle('a');
    await toyRun.settle('leaf');
    expect(toyRun.run.stopping).toBeUndefined();
    await toyRun.settle('next');
    expect(toyRun.over).toEqual({ outcome: { kind: 'completed' }, left: true });
  });

  it('can be given up while it retries after the end, and the outcome stays', async () => {
    const toyRun = await began([a, leaf], { 'leaf:do': ['fault'] });
    await toyRun.settle('a');
    toyRun.world.openCall('leaf').next();
    await everythingMoved();
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    await toyRun.resolve('leaf', 'abandon');
    expect(toyRun.over.left).toBe(true);
    expect(toyRun.states()).toEqual({ a: 'done', leaf: 'failed' });
  });
});

describe('EndProcess', () => {
  const ending = step('ending', {
    ...undoable,
    after: [a],
    run: ({ call }) =>
      call(toy.do({})).then(() => {
        throw new EndProcess('terminated', 'Enough.');
      }),
  });
  const never = step('never', { ...simple, after: [ending] });

  it('keeps the finished steps and skips the rest', async () => {
    const toyRun = await began([a, ending, never]);
    await toyRun.settle('a');
    await toyRun.settle('ending');
    expect(toyRun.over.outcome).toEqual({
      kind: 'ended',
      failure: { code: 'terminated', message: 'Enough.', step: 'ending' },
    });
    expect(toyRun.states()).toEqual({ a: 'done', ending: 'skipped', never: 'skipped' });
    expect(toyRun.keys()).toEqual(['k:a:do', 'k:ending:do']);
  });

  it('of a step that is already stopping does not prevent the undo', async () => {
    const toyRun = await began([a, ending, never]);
    await toyRun.settle('a');
    await toyRun.stop();
    await toyRun.settle('ending');
    await toyRun.settle('ending', 'undo');
    await toyRun.settle('a', 'undo');
    expect(toyRun.over.outcome).toMatchObject({ failure: { code: 'cancelled' } });
    expect(toyRun.states()).toEqual({ a: 'undone', ending: 'undone', never: 'skipped' });
  });

  it('past a pivot starts no further step and leaves nothing running', async () => {
    const pivot = step('pivot', { ...simple, pivot: true });
    const branchStep = itemStep('work', { ...simple, run: ({ wait }) => wait(go) });
    const more = itemStep('more', { ...simple, after: [branchStep] });
    const fan = fanOut('fan', { after: [pivot], over: () => [{ id: 'x', item: 'x' }], branch: [branchStep, more] });
    const end = { ...ending, id: 'end' as const, dependsOn: ['pivot'] };
    const leaf = step('leaf', { ...simple, after: [end], optional: true });
    const toyRun = await began([pivot, fan, end, leaf, step('never', { ...simple, after: [end] })]);
    await toyRun.settle('pivot');
    expect(toyRun.states()).toMatchObject({ fan: 'running', 'work:x': 'waiting', end: 'running' });
    await toyRun.settle('end');
    expect(toyRun.over).toMatchObject({ outcome: { kind: 'ended' }, left: true });
    expect(toyRun.states()).toEqual({
      pivot: 'done',
      fan: 'skipped',
      'work:x': 'skipped',
      'more:x': 'skipped',
      end: 'skipped',
      leaf: 'skipped',
      never: 'skipped',
    });
  });
});

describe('the steps after the end', () => {
  const tell = step('tell', {
    ...simple,
    after: [a],
    optional: true,
    run: async ({ failure, results, call }) => {
      await call(toy.do({}));
      return [failure?.code, results.a];
    },
  });
  const tellAgain = step('tellAgain', { ...simple, optional: true, after: [tell] });

  it('run after the undo, in their own order, and know why the process ended', async () => {
    const toyRun = await began(
      [a, step('b', { ...simple, after: [a] })],
      { 'b:do': ['rejected'] },
      {
        afterEnd: [tell, tellAgain],
      },
    );
    await toyRun.settle('a');
    await toyRun.settle('b');
    expect(toyRun.run.steps.get('tell')).toBeUndefined();
    await toyRun.settle('a', 'undo');
    expect(toyRun.over.outcome?.kind).toBe('ended');
    expect(toyRun.open()).toEqual(['tell:do']);
    await toyRun.settle('tell');
    expect(toyRun.step('tell').result).toEqual(['toy_rejected', 'answer']);
    expect(toyRun.open()).toEqual(['tellAgain:do']);
    await toyRun.settle('tellAgain');
    expect(toyRun.over.left).toBe(true);
  });

  it('do not run when the process completes', async () => {
    const toyRun = await began([a], {}, { afterEnd: [tell] });
    await toyRun.settle('a');
    expect(toyRun.over.left).toBe(true);
    expect(toyRun.states()).toEqual({ a: 'done' });
  });
});

describe('a bug', () => {
  const broken = () => {
    throw new TypeError('a bug');
  };
  const later = (more: Partial<AnyStep>): AnyStep =>
    ({ ...step('later', { ...simple, after: [a] }), ...more }) as AnyStep;

  it.each<[string, AnyStep[]]>([
    ['in a body', [a, later({ run: () => Promise.reject(new TypeError('a bug')) })]],
    ['thrown by a body at once', [a, later({ run: broken })]],
    ['in a condition', [a, later({ when: broken })]],
    ['in what a fan-out runs over', [a, { ...fanOut('later', { after: [a], over: broken, branch: [] }) }]],
    ['in an undo', [{ ...a, undo: () => Promise.reject(new TypeError('a bug')) }, later({})]],
    ['in a leaf', [a, later({ optional: true, run: broken })]],
  ])('%s rejects the run instead of failing the process', async (_name, definition) => {
    const toyRun = await began(definition, { 'later:do': ['rejected'] });
    await toyRun.settle('a');
    for (const call of toyRun.world.open) call.next();
    await everythingMoved();
    expect(toyRun.over.bug).toEqual(new TypeError('a bug'));
  });

  it('in a condition that a body waits for rejects the run, not the delivery of the message', async () => {
    let armed = false;
    const waiting = step('waiting', {
      expectedMs: 1,
      run: ({ waitUntil }) => waitUntil(() => (armed ? broken() : undefined)),
    });
    const toyRun = await began([waiting]);
    armed = true;
    expect(() => toyRun.run.deliver(out, { id: '1', content: '' })).not.toThrow();
    await everythingMoved();
    expect(toyRun.over.bug).toEqual(new TypeError('a bug'));
  });
});

describe('the onChange callback', () => {
  it('is called on each change, when the new state is already visible', async () => {
    const seen: string[] = [];
    let look = () => '';
    const toyRun = await began(
      [a, step('b', { ...simple, after: [a] })],
      { 'a:do': ['fault', 'answer'] },
      {
        onChange: () => seen.push(look()),
      },
    );
    look = () => toyRun.run.steps.all.map((s) => s.state).join(' ') + (toyRun.run.stopping ? ' stopping' : '');
    toyRun.world.openCall('a').next();
    expect(seen.at(-1)).toBe('running pending');
    await toyRun.settle('a');
    expect(seen.at(-1)).toBe('done running');
    toyRun.run.stop({ code: 'cancelled', message: '', step: 'b' });
    expect(seen.at(-1)).toBe('done running stopping');
    await toyRun.settle('b');
    await toyRun.settle('a', 'undo');
    expect(seen).toContain('undoing done stopping');
    expect(seen.at(-1)).toBe('undone done stopping');
  });
});
