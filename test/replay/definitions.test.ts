import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkDefinitions, definitionsFolder, freeze, notFrozen } from '../../tools/cli/freeze/check.js';
import type { Freezable } from '../../tools/cli/freeze/frozen.js';
import { freezables } from '../../tools/cli/freeze/processes.js';
import { defineProcess, type AnyStep, type Process } from '../../workflows/engine/definition.js';
import { without } from '../../workflows/engine/versions.js';
import { orderVersions } from '../../workflows/order/process.js';
import { failWith } from './say.js';

const folder = fileURLToPath(new URL(`../../${definitionsFolder}`, import.meta.url));

it('every version of a process is as it was frozen', async () => {
  const { missing, problems } = await checkDefinitions(folder, freezables);
  failWith([...problems, ...missing.map(({ file }) => notFrozen(file))]);
});

/** The first version of the order process, with a change in it. */
function changed(change: (steps: AnyStep[]) => AnyStep[]): Freezable {
  const [order] = freezables as [Freezable, ...Freezable[]];
  const first = orderVersions[0] as unknown as Process<never>;
  const steps = change([...(first.steps as readonly AnyStep[])]) as unknown as Process<never>['steps'];
  return { ...order, versions: [defineProcess('order', 1, steps, { afterEnd: first.afterEnd })] };
}

const edit = (id: string, change: (step: AnyStep) => Partial<AnyStep>) =>
  changed((steps) => {
    const edited = (list: readonly AnyStep[]): AnyStep[] =>
      list.map((step) => (step.id === id ? { ...step, ...change(step) } : step));
    expect([...steps, ...steps.flatMap(({ fanOut }) => fanOut?.branch ?? [])].map((s) => s.id)).toContain(id);
    return edited(steps).map((step) =>
      step.fanOut ? { ...step, fanOut: { ...step.fanOut, branch: edited(step.fanOut.branch) } } : step,
    );
  });

async function problemsOf(freezable: Freezable): Promise<string> {
  const { problems } = await checkDefinitions(folder, [freezable, ...freezables.slice(1)]);
  return problems.join('\n\n');
}

describe('a change of a frozen version is named, with what was and what is', () => {
  it.each<[string, () => Freezable, string]>([
    [
      'another dependency',
      () => edit('screenFraud', () => ({ dependsOn: ['reserveStock'] })),
      'step screenFraud: after was nothing, is reserveStock',
    ],
    [
      'another dependency inside a branch',
      () => edit('capturePayment', () => ({ dependsOn: ['bookParcel'] })),
      'step capturePayment: after was awaitDispatch, is bookParcel',
    ],
    [
      'a removed step',
      () =>
        changed((steps) =>
          without(
            steps,
            steps.find(({ id }) => id === 'notifyDelivered')!,
          ),
        ),
      'step notifyDelivered: was there, and is gone',
    ],
    [
      'a renamed step',
      () => edit('notifyDelivered', () => ({ id: 'notifyArrived' })),
      'step notifyArrived: was not there, and is new',
    ],
    [
      'steps in another order',
      () => changed(([first, second, ...others]) => [second!, first!, ...others]),
      'step screenFraud: is listed where reserveStock was. Steps begin in the listed order',
    ],
    [
      'a new condition',
      () => edit('completeOrder', () => ({ when: () => true })),
      'step completeOrder: when was absent, is true',
    ],
    [
      'another deadline',
      () =>
        edit('authorizePayment', ({ run }) => ({
          run: (context) =>
            run({ ...context, deadline: (_ms, summary) => context.deadline(84_000, summary) } as typeof context),
        })),
      'deadline paymentMs, late payment_deadline, is for payment, payment.succeeded, payment.failed, amended, deadline reviewMs, late payment_deadline',
    ],
    [
      'a message that is no longer waited for',
      () =>
        edit('authorizePayment', ({ run }) => ({
          run: (context) =>
            run({
              ...context,
              waitForAny: (types: { name: string }[], options: object) =>
                context.waitForAny(types.slice(1) as never, options as never),
            } as typeof context),
        })),
      'is for payment.succeeded, payment.failed, amended, deadline paymentMs',
    ],
    [
      'another status while it waits',
      () => edit('review', () => ({ while: 'awaiting_payment' })),
      'step review: while was awaiting_review, is awaiting_payment',
    ],
    [
      'a command that it no longer takes',
      () => edit('confirmOrder', () => ({ takesBefore: [] })),
      'step confirmOrder: takesBefore was amend, is nothing. Runs that were sent this can no longer be replayed',
    ],
    [
      'an undo less',
      () => edit('confirmOrder', () => ({ undo: undefined }) as never),
      'step confirmOrder: undo was inventory.uncommit, is absent',
    ],
    [
      'an undo that does less',
      () => edit('bookParcel', () => ({ undo: async ({ callUnless }) => callUnless(() => false, shippingCancel) })),
      'step bookParcel: undo was shipping.cancel, inventory.release, payment.refund, is shipping.cancel',
    ],
    [
      'no pivot',
      () => edit('awaitDispatch', () => ({ pivot: false })),
      'step awaitDispatch: pivot was true, is absent',
    ],
    [
      'a step that can be skipped',
      () => edit('completeOrder', () => ({ skippable: true })),
      'step completeOrder: skippable was absent, is true',
    ],
    [
      'a removed command',
      () => {
        const [order] = freezables as [Freezable, ...Freezable[]];
        const { amend: _amend, ...commands } = order.commands;
        return { ...order, commands };
      },
      'command amend: is gone',
    ],
  ])('%s', async (_what, change, sentence) => {
    const text = await problemsOf(change());
    expect(text).toMatch(/^Version 1 of the order process is not as test\/replay\/definitions\/order-v1\.json has it:/);
    expect(text).toContain(sentence);
    expect(text).toMatch(/make version \d+:/);
    expect(text).toContain('workflows/order/process.ts');
    expect(text).toContain('npm run freeze');
  });

  it('a step that versions share changes all of them', async () => {
    const { versions, ...order } = edit('reserveStock', () => ({ undo: undefined }) as never);
    const later = { ...versions[0]!, version: 1000 };
    const { problems, missing } = await checkDefinitions(folder, [
      { ...order, versions: [...versions, later] },
      ...freezables.slice(1),
    ]);
    expect(problems.join()).toContain('step reserveStock: undo was inventory.release, is absent');
    expect(missing.map(({ file }) => file)).toEqual(['order-v1000.json']);
  });
});

const shippingCancel = { service: 'shipping', operation: 'cancel', input: {} };

describe('what a replay does not depend on may change', () => {
  it.each<[string, () => Freezable]>([
    ['the expected time', () => edit('completeOrder', () => ({ expectedMs: 1 }))],
    [
      'a body that is written in another way',
      () => edit('completeOrder', ({ run }) => ({ run: (context) => Promise.resolve().then(() => run(context)) })),
    ],
    [
      'a command that a step takes beside the others',
      () => edit('review', ({ takes }) => ({ takes: [...(takes ?? []), { name: 'more', shape: () => [] }] })),
    ],
    [
      'a further command',
      () => {
        const [order] = freezables as [Freezable, ...Freezable[]];
        return { ...order, commands: { ...order.commands, more: { name: 'more', shape: () => [] } } };
      },
    ],
  ])('%s', async (_what, change) => {
    // Later versions have no list here.
    const text = await problemsOf(change());
    expect(text.replaceAll(/^order-v(?!1\.)\d+\.json is frozen, .*$/gm, '').trim()).toBe('');
  });
});

describe('freezing', () => {
  let empty: string;
  beforeEach(async () => {
    empty = await mkdtemp(join(tmpdir(), 'orderflow-definitions-'));
  });
  afterEach(() => rm(empty, { recursive: true }));

  it('writes what is missing, and never a file that exists', async () => {
    const { missing } = await checkDefinitions(empty, freezables);
    await freeze(empty, missing);
    expect((await readdir(empty)).sort()).toEqual((await readdir(folder)).sort());
    for (const file of await readdir(empty)) {
      expect(await readFile(join(empty, file), 'utf8')).toBe(await readFile(join(folder, file), 'utf8'));
    }
    expect((await checkDefinitions(empty, freezables)).missing).toEqual([]);
    await expect(freeze(empty, missing)).rejects.toThrow('EEXIST');
  });

  it('reports a frozen version that the code no longer has', async () => {
    const { problems } = await checkDefinitions(folder, freezables.slice(1));
    expect(problems[0]).toMatch(/^order-v1\.json is frozen, and the code has no such version\./);
  });

  it('reports a step whose wait the example does not reach', async () => {
    const silent = edit('signForDelivery', () => ({ run: () => Promise.resolve() }));
    await expect(problemsOf(silent)).rejects.toThrow('Step signForDelivery has `waits`, but with the example of');
  });
});
