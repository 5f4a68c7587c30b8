import { describe, expect, it } from 'vitest';
import type { AnyStep } from '../../workflows/engine/definition.js';
import type { Attempt } from './toy-world.js';
import { everythingMoved } from './toy-world.js';
import { began, fanOut, itemStep, simple, step, toy, undoable } from './toy-run.js';

// A workflow task is lost after its calls took effect, and made again. A call that was answered the first time fails now, so the run does
// not know how far it was.

const a = step('a', undoable);
const b = step('b', { ...undoable, after: [a] });
const c = step('c', { ...undoable, after: [b] });
const beside = step('beside', undoable);

/** The first attempt of a step's call fails, and the call is between two attempts. */
const failing = async (script: Record<string, Attempt[]>, definition: readonly AnyStep[] = [a, b, c, beside]) => {
  const toyRun = await began(definition, script);
  const [name] = Object.keys(script)[0]!.split(':');
  toyRun.world.openCall(name!).next();
  await everythingMoved();
  return toyRun;
};

describe('a run that is stopped while a call fails', () => {
  it('also undoes the steps behind that call, the last first, under the keys that they would have had', async () => {
    const toyRun = await failing({ 'a:do': ['fault'] });
    await toyRun.settle('beside');
    await toyRun.stop();
    expect(toyRun.open().sort()).toEqual(['beside:undo', 'c:undo']);
    for (const id of ['beside', 'c', 'b', 'a']) await toyRun.settle(id, 'undo');
    expect(toyRun.keys()).toEqual(['k:a:do', 'k:beside:do', 'k:c:undo', 'k:beside:undo', 'k:b:undo', 'k:a:undo']);
    expect(toyRun.states()).toEqual({ a: 'undone', b: 'undone', c: 'undone', beside: 'undone' });
    expect(toyRun.over.outcome).toMatchObject({ kind: 'ended', failure: { code: 'cancelled' } });
  });

  it('undoes nothing that does not come after that call', async () => {
    const toyRun = await failing({ 'beside:do': ['fault'] });
    await toyRun.stop();
    await toyRun.settle('a');
    expect(toyRun.open().sort()).toEqual(['a:undo', 'beside:undo']);
  });

  it('undoes only what has begun where the failing step is optional: nothing comes after it', async () => {
    const notice = step('notice', { ...simple, after: [a], optional: true });
    const toyRun = await began([a, b, notice], { 'notice:do': ['fault'] });
    await toyRun.settle('a');
    toyRun.world.openCall('notice').next();
    await toyRun.settle('b');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    const stopped = await began([a, notice, b, c], { 'notice:do': ['fault'] });
    await stopped.settle('a');
    stopped.world.openCall('notice').next();
    await stopped.stop();
    await stopped.settle('b');
    expect(stopped.open()).toEqual(['b:undo']);
  });

  it('undoes only what has begun once the call is answered', async () => {
    const toyRun = await began([a, b, c], { 'a:do': ['fault'] });
    await toyRun.settle('a');
    await toyRun.stop();
    await toyRun.settle('b');
    expect(toyRun.open()).toEqual(['b:undo']);
  });

  it.for(['spent', 'unexpected'] as const)('does the same where an operator abandons the step: %s', async (attempt) => {
    const toyRun = await began([a, b], { 'a:do': [attempt] });
    await toyRun.settle('a');
    await toyRun.resolve('a', 'abandon');
    expect(toyRun.open()).toEqual(['b:undo']);
  });

  it('undoes only what has begun where it passed this point before the engine knew better', async () => {
    const toyRun = await failing({ 'a:do': ['fault'] }, [a, b]);
    toyRun.world.isOld = true;
    await toyRun.stop();
    expect(toyRun.open()).toEqual(['a:undo']);
  });
});

describe('the branches of a fan-out that a lost task may have begun', () => {
  const pack = itemStep('pack', undoable);
  const send = itemStep('send', { ...simple, after: [pack], pivot: true });
  const bill = itemStep('bill', { ...simple, after: [send] });
  const parcels = (...ids: string[]) => ids.map((id) => ({ id, item: id }));
  const ship = fanOut('ship', {
    after: [a],
    over: () => parcels('x', 'y'),
    find: async ({ call }) => {
      await call(toy.also({}));
      return parcels('x', 'y');
    },
    branch: [pack, send, bill],
  });
  const last = step('last', { ...simple, after: [ship] });

  it('are asked for, and undone before the steps before the fan-out', async () => {
    const toyRun = await failing({ 'a:do': ['fault'] }, [a, ship, last]);
    await toyRun.stop();
    expect(toyRun.open()).toEqual(['ship:also']);
    expect(toyRun.states()).toMatchObject({ ship: 'undoing' });
    await toyRun.settle('ship');
    expect(toyRun.open()).toEqual(['pack:x:undo', 'pack:y:undo']);
    await toyRun.settle('pack:x', 'undo');
    await toyRun.settle('pack:y', 'undo');
    await toyRun.settle('a', 'undo');
    expect(toyRun.over.outcome?.kind).toBe('ended');
    expect(toyRun.states()).toMatchObject({ a: 'undone', ship: 'skipped', 'pack:x': 'undone', 'send:x': 'skipped' });
  });

  it('are those of `over` where nobody has to be asked', async () => {
    const { find: _find, ...known } = ship.fanOut!;
    const toyRun = await failing({ 'a:do': ['fault'] }, [a, { ...ship, fanOut: known }]);
    await toyRun.stop();
    expect(toyRun.open()).toEqual(['pack:x:undo', 'pack:y:undo']);
  });

  it('have it go on for a branch that is past its pivot: what the stop cut off is done again, with the same keys', async () => {
    const gone = {
      ...pack,
      undo: async ({ item, call }: Parameters<NonNullable<typeof pack.undo>>[0]) => {
        await call(toy.undo({}));
        return item === 'x' ? ('gone' as const) : undefined;
      },
    };
    const group = { ...ship, fanOut: { ...ship.fanOut!, branch: [gone, send, bill] } };
    const toyRun = await failing({ 'a:do': ['fault'] }, [a, group, last]);
    await toyRun.stop();
    expect(toyRun.run.mayGoOn).toBe(true);
    for (const [id, operation] of [
      ['ship', 'also'],
      ['pack:x', 'undo'],
      ['pack:y', 'undo'],
    ] as const) {
      await toyRun.settle(id, operation);
    }
    // The other branch relied on the undo of what comes before the fan-out, which stays done now.
    if (toyRun.open().includes('pack:y:undo')) await toyRun.settle('pack:y', 'undo');
    expect(toyRun.run.mayGoOn).toBe(false);
    expect(toyRun.run.stopping).toBeUndefined();
    expect(toyRun.open(), 'nothing of the branch runs before what comes before the fan-out').toEqual(['a:do']);
    await toyRun.settle('a');
    expect(toyRun.keys().filter((key) => key === 'k:a:do')).toHaveLength(2);
    expect(toyRun.open()).toEqual(['bill:x:do']);
    await toyRun.settle('bill:x');
    await toyRun.settle('last');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    expect(toyRun.states()).toMatchObject({ a: 'done', ship: 'done', 'pack:x': 'done', 'send:x': 'done' });
    expect(toyRun.states()).toMatchObject({ 'pack:y': 'undone', 'send:y': 'skipped', 'bill:y': 'skipped' });
  });
});

describe('a call that its own undo in a lost task came before', () => {
  it('waits for the stop to come again, and the process ends for that reason', async () => {
    const judge = step('judge', simple);
    const toyRun = await began([a, judge, b], { 'a:do': ['undoneBefore'], 'judge:do': ['rejected'] });
    await toyRun.settle('a');
    expect(toyRun.run.stopping).toBeUndefined();
    expect(toyRun.step('a')).toMatchObject({ isParked: true, failure: { code: 'toy_undone' } });
    await toyRun.settle('judge');
    expect(toyRun.run.stopping?.code).toBe('toy_rejected');
    expect(toyRun.open(), 'nothing after it can have taken effect').toEqual(['a:undo']);
    await toyRun.settle('a', 'undo');
    expect(toyRun.over.outcome).toMatchObject({ kind: 'ended', failure: { code: 'toy_rejected', step: 'judge' } });
  });

  it('can be retried or abandoned by an operator, should the stop not come', async () => {
    const toyRun = await began([a], { 'a:do': ['undoneBefore', 'undoneBefore'] });
    await toyRun.settle('a');
    await toyRun.resolve('a', 'retry');
    await toyRun.settle('a');
    expect(toyRun.keys()).toEqual(['k:a:do', 'k:a:do']);
    await toyRun.resolve('a', 'abandon');
    await toyRun.settle('a', 'undo');
    expect(toyRun.over.outcome).toMatchObject({ kind: 'ended', failure: { code: 'cancelled_by_operator' } });
  });
});

describe('a run whose workflow task was lost', () => {
  const lost = async (script: Record<string, Attempt[]>, definition: readonly AnyStep[] = [a, b, c]) => {
    const toyRun = await began(definition, script);
    toyRun.world.isBegunAgain = true;
    return toyRun;
  };

  it('is unsure while a call fails, until it is answered', async () => {
    const toyRun = await lost({ 'a:do': ['fault', 'answer'] });
    expect(toyRun.run.steps.areUnsure).toBe(false);
    toyRun.world.openCall('a').next();
    await everythingMoved();
    expect(toyRun.run.steps.areUnsure).toBe(true);
    await toyRun.settle('a');
    expect(toyRun.run.steps.areUnsure).toBe(false);
  });

  it.each(['unexpected', 'spent'] as const)(
    'is unsure while an operator has to decide about a call: %s',
    async (end) => {
      const toyRun = await lost({ 'a:do': end === 'spent' ? ['fault', 'spent', 'answer'] : ['unexpected', 'answer'] });
      await toyRun.settle('a');
      expect([toyRun.run.attention?.id, toyRun.run.steps.areUnsure]).toEqual(['a', true]);
      await toyRun.resolve('a', 'retry');
      await toyRun.settle('a');
      expect(toyRun.run.steps.areUnsure).toBe(false);
    },
  );

  it('is sure if nothing was lost when the call failed, or if nothing comes after it', async () => {
    const sure = await failing({ 'a:do': ['fault'] });
    sure.world.isBegunAgain = true;
    expect(sure.run.steps.areUnsure).toBe(false);
    const notice = step('notice', { ...simple, after: [a], optional: true });
    const optional = await lost({ 'notice:do': ['fault'] }, [a, b, notice]);
    await optional.settle('a');
    optional.world.openCall('notice').next();
    await everythingMoved();
    expect(optional.run.steps.areUnsure).toBe(false);
  });
});
