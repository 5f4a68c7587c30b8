import { describe, expect, expectTypeOf, it } from 'vitest';
import { isTakenBy, stepsOf, steps } from '../../workflows/engine/definition.js';
import type { AnyStep } from '../../workflows/engine/definition.js';
import { messageType } from '../../workflows/engine/message.js';
import { isCancellable, isResolvable, mayTake, shownStatus, takenMessages } from '../../workflows/engine/standing.js';
import { nothing, text } from '../../workflows/engine/shape.js';
import { began, fanOut, go, out, paid, simple, toy } from './toy-run.js';
import { everythingMoved } from './toy-world.js';

type Status = 'choosing' | 'paying';
const { step } = steps<undefined, undefined, Status>();
const { step: itemStep } = steps<undefined, string, Status>();

const change = messageType('change', nothing);
const receipt = messageType('receipt', nothing);

const choose = step('choose', {
  expectedMs: 1,
  while: 'choosing',
  takes: [go],
  skippable: true,
  run: async ({ wait }) => void (await wait(go)),
});
const pay = step('pay', {
  expectedMs: 1,
  while: 'paying',
  takes: [paid],
  run: async ({ wait }) => void (await wait(paid)),
});
const confirm = step('confirm', { ...simple, after: [choose, pay], takesBefore: [change] });
const send = itemStep('send', {
  expectedMs: 1,
  pivot: true,
  takesAfter: [receipt],
  run: async ({ waitUntil, mailbox, item }) => void (await waitUntil(() => mailbox.peek(out, item))),
});
const ship = fanOut('ship', {
  after: [confirm],
  over: () => ['x', 'y'].map((id) => ({ id, item: id })),
  branch: [send],
});
const last = step('last', { ...simple, after: [ship] });

async function standing(definition: readonly AnyStep[], script = {}) {
  const toyRun = await began(definition, script);
  const now = () => ({
    status: shownStatus(toyRun.run),
    takes: [...takenMessages(toyRun.run)],
    isCancellable: isCancellable(toyRun.run),
    isResolvable: isResolvable(toyRun.run),
  });
  return { ...toyRun, now };
}

describe('the standing of a process', () => {
  it('follows the steps from beginning to end, also with two waits at once', async () => {
    const run = await standing([choose, pay, confirm, ship, last]);
    expect(run.now()).toEqual({
      status: 'choosing',
      takes: ['go', 'paid', 'change'],
      isCancellable: true,
      isResolvable: true,
    });
    await run.message(go);
    expect(run.now()).toMatchObject({ status: 'paying', takes: ['paid', 'change'], isResolvable: false });
    await run.message(paid);
    expect(run.now()).toMatchObject({ status: undefined, takes: [], isCancellable: true });
    await run.settle('confirm');
    expect(run.now()).toMatchObject({ takes: [], isCancellable: true });
    await run.message(out, '1', 'x');
    expect(run.now()).toMatchObject({ takes: ['receipt'], isCancellable: false });
    await run.message(out, '2', 'y');
    await run.settle('last');
    expect(run.over.outcome).toEqual({ kind: 'completed' });
    expect(run.now()).toEqual({ status: undefined, takes: [], isCancellable: false, isResolvable: false });
  });

  it('takes the status of the waiting step that is defined first, not of the one that began to wait first', async () => {
    const later = { ...choose, dependsOn: ['first'] };
    const run = await standing([later, pay, step('first', simple)]);
    expect(run.now().status).toBe('paying');
    await run.settle('first');
    expect(run.now().status).toBe('choosing');
  });

  it('takes no message during the undo', async () => {
    const run = await standing([choose, pay, confirm, step('busy', simple)]);
    await run.stop();
    expect(run.over.outcome).toBeUndefined();
    expect(run.now()).toEqual({ status: undefined, takes: [], isCancellable: false, isResolvable: false });
  });

  it('takes no message that changes later steps while a step can only be abandoned', async () => {
    const gone = step('gone', simple);
    const run = await standing([choose, confirm, pay, gone], { 'gone:do': ['undone'] });
    await run.settle('gone');
    expect(run.now()).toMatchObject({ takes: [], isCancellable: false, isResolvable: true });
  });

  it('shows a status during the calls of a step that asks for it', async () => {
    const attempt = (whileBusy?: () => boolean) =>
      step('attempt', {
        expectedMs: 1,
        while: 'paying',
        takes: [paid],
        ...(whileBusy && { whileBusy }),
        run: async ({ wait, call }) => {
          await call(toy.do({}));
          await wait(paid);
        },
      });
    for (const [whileBusy, status] of [
      [undefined, undefined],
      [() => false, undefined],
      [() => true, 'paying'],
    ] as const) {
      const run = await standing([attempt(whileBusy)]);
      expect(run.now()).toMatchObject({ status, takes: [] });
      await run.settle('attempt');
      expect(run.now()).toMatchObject({ status: 'paying', takes: ['paid'] });
    }
  });

  it('tells whether a message may be taken later', async () => {
    const first = step('first', simple);
    const run = await standing([first, { ...pay, dependsOn: ['first'] }, choose]);
    expect(mayTake(run.run, paid)).toBe(true);
    expect(mayTake(run.run, out)).toBe(false);
    await run.settle('first');
    await run.message(paid);
    expect(mayTake(run.run, paid)).toBe(false);
    expect(mayTake(run.run, go)).toBe(true);
    await run.stop();
    expect(mayTake(run.run, go)).toBe(false);
    await everythingMoved();
  });

  it('knows the steps that take a message, branches included', () => {
    const asks = itemStep('asks', { ...simple, takes: [paid] });
    const fan = fanOut('fan', { over: () => [{ id: '1', item: '1' }], branch: [asks] });
    const taking = stepsOf([{ steps: [choose, pay, fan] }]).filter((s) => isTakenBy(s, paid));
    expect(taking.map((s) => s.id)).toEqual(['pay', 'asks']);
  });
});

describe('the types', () => {
  it('allow only statuses of the process and declared messages', async () => {
    // @ts-expect-error -- there is no such status: a renamed one does not compile where a step shows it
    step('typo', { ...simple, while: 'chosing' });
    // @ts-expect-error -- a command is a declared message, not its name
    step('typo', { ...simple, takes: ['go'] });
    // @ts-expect-error -- a renamed step does not compile where its result is used
    step('next', { ...simple, after: [choose], when: (_facts, results) => results.chosen !== undefined });
    const plain = steps<undefined>();
    // @ts-expect-error -- a process without statuses shows none
    plain.step('typo', { ...simple, while: 'choosing' });
    const named = messageType('named', text);
    plain.step('asks', {
      expectedMs: 1,
      takes: [named],
      run: async ({ wait }) => expectTypeOf(await wait(named)).toEqualTypeOf<string>(),
    });
    await everythingMoved();
  });
});
