import { describe, expect, it } from 'vitest';
import type { StepContext } from '../../workflows/engine/step-context.js';
import { began, fanOut, go, itemStep, out, paid, simple, step, toy } from './toy-run.js';
import { everythingMoved } from './toy-world.js';

type Body = Pick<
  StepContext<undefined, unknown, unknown>,
  'wait' | 'waitForAny' | 'waitUntil' | 'deadline' | 'mailbox' | 'call'
>;

const heard: string[] = [];
const pay = step('pay', {
  expectedMs: 1,
  run: async ({ wait, deadline }: Body) => {
    const content = await wait(paid, { due: deadline(100, 'pay is due'), late: 'payment_deadline' });
    heard.push(content);
    return content;
  },
});

describe('a wait', () => {
  it('is shown as waiting, and ends at once when its message comes', async () => {
    const toyRun = await began([pay]);
    expect(toyRun.step('pay').state).toBe('waiting');
    toyRun.run.deliver(out, { id: '1', content: '' });
    expect(toyRun.step('pay').state).toBe('waiting');
    toyRun.run.deliver(paid, { id: '1', content: 'a' });
    expect(toyRun.step('pay').state).toBe('running');
    await everythingMoved();
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    expect(toyRun.step('pay').result).toBe('a');
    expect(toyRun.world.timers.map((t) => t.state)).toEqual(['cancelled']);
  });

  it('is over at once if the message came first, even before the step began', async () => {
    const toyRun = await began([step('first', simple), { ...pay, dependsOn: ['first'] }]);
    await toyRun.message(paid);
    expect(toyRun.step('pay').state).toBe('pending');
    await toyRun.settle('first');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
  });

  it('takes a message once when it comes twice', async () => {
    heard.length = 0;
    const again = { ...pay, id: 'again' };
    const toyRun = await began([pay, again]);
    expect(await toyRun.message(paid, '1')).toBe(true);
    expect(await toyRun.message(paid, '1')).toBe(false);
    expect(heard).toEqual(['1']);
    expect(Object.values(toyRun.states()).sort()).toEqual(['done', 'waiting']);
    expect(await toyRun.message(paid, '2')).toBe(true);
    expect(heard).toEqual(['1', '2']);
  });

  it('ends the process at its deadline', async () => {
    const toyRun = await began([pay]);
    toyRun.world.timers[0]!.fire();
    await everythingMoved();
    expect(toyRun.over.outcome).toEqual({
      kind: 'ended',
      failure: { code: 'payment_deadline', message: 'Nothing came at pay before its deadline.', step: 'pay' },
    });
    expect(toyRun.states()).toEqual({ pay: 'failed' });
    expect(await toyRun.message(paid)).toBe(true);
    expect(toyRun.states()).toEqual({ pay: 'failed' });
  });

  it.each([
    ['message', 'completed'],
    ['deadline', 'ended'],
  ])('with a message in the same instant as its deadline takes the first of the two: the %s', async (first, kind) => {
    const toyRun = await began([pay]);
    const fire = () => toyRun.world.timers[0]!.fire();
    const deliver = () => toyRun.run.deliver(paid, { id: '1', content: 'a' });
    if (first === 'message') deliver();
    fire();
    // The timer reaches the run through a promise, one microtask later.
    if (first === 'deadline') await Promise.resolve();
    if (first === 'deadline') deliver();
    await everythingMoved();
    expect(toyRun.over.outcome!.kind).toBe(kind);
    expect(toyRun.states()).toEqual({ pay: kind === 'completed' ? 'done' : 'failed' });
  });

  it('keeps one deadline when it waits several times', async () => {
    const patient = step('patient', {
      expectedMs: 1,
      run: async ({ wait, deadline }: Body) => {
        const due = deadline(100, 'due');
        for (;;) if ((await wait(go, { due, late: 'payment_deadline' })) === 'good') return;
      },
    });
    const toyRun = await began([patient]);
    await toyRun.message(go, 'bad');
    await toyRun.message(go, 'worse');
    expect(toyRun.world.timers).toHaveLength(1);
    expect(toyRun.states()).toEqual({ patient: 'waiting' });
    toyRun.world.timers[0]!.fire();
    await everythingMoved();
    expect(toyRun.over.outcome).toMatchObject({ failure: { code: 'payment_deadline' } });
  });

  it('goes on past its deadline when the body handles it, and is running again', async () => {
    const lenient = step('lenient', {
      expectedMs: 1,
      run: async ({ wait, deadline, call }: Body) => {
        expect(await wait(go, { due: deadline(5, 'signs itself') })).toBeUndefined();
        await call(toy.do({}));
      },
    });
    const toyRun = await began([lenient]);
    toyRun.world.timers[0]!.fire();
    await everythingMoved();
    expect(toyRun.states()).toEqual({ lenient: 'running' });
    await toyRun.settle('lenient');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
  });

  it('for any of several messages takes the oldest and returns its type', async () => {
    const any = step('any', { expectedMs: 1, run: ({ waitForAny }: Body) => waitForAny([paid, out]) });
    const toyRun = await began([step('first', simple), { ...any, dependsOn: ['first'] }]);
    await toyRun.message(out, '1', 'about something');
    await toyRun.message(paid, '2');
    await toyRun.settle('first');
    expect(toyRun.step('any').result).toEqual({ type: 'out', id: '1', subject: 'about something', content: '1' });
    expect(toyRun.run.mailbox.peek(paid)?.id).toBe('2');
  });

  it('ends at once on a stop, together with its deadline', async () => {
    const toyRun = await began([pay]);
    await toyRun.stop();
    expect(toyRun.states()).toEqual({ pay: 'skipped' });
    expect(toyRun.over.outcome).toMatchObject({ kind: 'ended', failure: { code: 'cancelled' } });
    expect(toyRun.world.timers.map((t) => t.state)).toEqual(['cancelled']);
  });

  it('that lost a race takes no later message', async () => {
    const racing = step('racing', {
      expectedMs: 1,
      run: ({ wait }: Body) => Promise.race([wait(go), wait(out)]),
    });
    const toyRun = await began([racing]);
    await toyRun.message(go);
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
    await toyRun.message(out);
    expect(toyRun.run.mailbox.peek(out)).toBeDefined();
    expect(toyRun.states()).toEqual({ racing: 'done' });
  });
});

describe('a fan-out', () => {
  const work = itemStep('work', { ...simple, run: ({ item, call }) => call(toy.do({}, item)) });
  const check = itemStep('check', { ...simple, after: [work] });
  const fan = (ids: string[]) =>
    fanOut('fan', { over: () => ids.map((id) => ({ id, item: `item ${id}` })), branch: [work, check] });

  it('runs its branches side by side, each step after its own dependencies; its dependents wait for all branches', async () => {
    const toyRun = await began([fan(['a', 'b']), step('next', { ...simple, after: [fan(['a', 'b'])] })]);
    expect(toyRun.open()).toEqual(['work:a:do', 'work:b:do']);
    expect(toyRun.keys()).toEqual(['k:work:a:do:item a', 'k:work:b:do:item b']);
    await toyRun.settle('work:b');
    expect(toyRun.open()).toEqual(['work:a:do', 'check:b:do']);
    await toyRun.settle('check:b');
    await toyRun.settle('work:a');
    expect(toyRun.step('fan').state).toBe('running');
    expect(toyRun.step('next').state).toBe('pending');
    await toyRun.settle('check:a');
    expect(toyRun.step('fan').state).toBe('done');
    expect(toyRun.open()).toEqual(['next:do']);
    expect(toyRun.run.steps.all.map((s) => s.id)).toEqual(['fan', 'work:a', 'check:a', 'work:b', 'check:b', 'next']);
  });

  it('over no items is done at once', async () => {
    const toyRun = await began([fan([]), step('next', { ...simple, after: [fan([])] })]);
    expect(toyRun.states()).toEqual({ fan: 'done', next: 'running' });
  });

  it('leaves nothing behind when it is stopped as it begins', async () => {
    const toyRun = await began([step('first', simple), { ...fan(['a', 'b']), dependsOn: ['first'] }]);
    toyRun.world.openCall('first').next();
    toyRun.run.stop({ code: 'cancelled', message: '', step: 'first' });
    await everythingMoved();
    expect(toyRun.states()).toEqual({ first: 'done', fan: 'skipped' });
    const begun = await began([fan(['a'])]);
    await begun.stop();
    expect(begun.states()).toEqual({ fan: 'running', 'work:a': 'running', 'check:a': 'pending' });
    await begun.settle('work:a');
    expect(begun.states()).toEqual({ fan: 'skipped', 'work:a': 'done', 'check:a': 'skipped' });
  });

  it('over the same id twice is a bug', async () => {
    const toyRun = await began([fan(['a', 'a'])]);
    expect(toyRun.over.bug).toMatchObject({ message: expect.stringContaining('"work:a" is there twice') as string });
  });

  it('grows while it runs: a new branch starts at once, and a repeated id adds none', async () => {
    const adding = itemStep('adding', {
      ...simple,
      run: async ({ item, call, addBranch }) => {
        if (item !== 'new') {
          await call(toy.also({}));
          addBranch('new', 'new');
          addBranch('new', 'new');
        }
        await call(toy.do({}));
      },
    });
    const grown = fanOut('fan', { over: () => [{ id: 'old', item: 'old' }], branch: [adding] });
    const toyRun = await began([grown]);
    await toyRun.settle('adding:old', 'also');
    expect(toyRun.open().sort()).toEqual(['adding:new:do', 'adding:old:do']);
    await toyRun.settle('adding:old');
    expect(toyRun.step('fan').state).toBe('running');
    await toyRun.settle('adding:new');
    expect(toyRun.over.outcome).toEqual({ kind: 'completed' });
  });
});
