import { describe, expect, expectTypeOf, it } from 'vitest';
import { EndProcess } from '../../workflows/engine/body-end.js';
import { analysedGraph, describeProcess } from '../../workflows/engine/describe.js';
import { defineProcess, steps } from '../../workflows/engine/definition.js';
import { service } from '../../workflows/engine/call.js';
import type { AnyStep } from '../../workflows/engine/definition.js';
import { analyse } from '../../workflows/engine/analysis.js';
import { GraphError } from '../../workflows/engine/graph.js';
import { Mailbox } from '../../workflows/engine/mailbox.js';
import { messageType } from '../../workflows/engine/message.js';
import { object, text } from '../../workflows/engine/shape.js';

interface Facts {
  amount: number;
}
interface Toys {
  pay: (input: { key: string; amount: number }) => Promise<{ receipt: string }>;
  parcels: (input: { key: string }) => Promise<string[]>;
}

const toy = service<Toys>('toy');
const { step, fanOut } = steps<Facts>();
const { step: itemStep } = steps<Facts, { box: string }>();
const free = { expectedMs: 1, run: () => Promise.resolve() };

describe('the types', () => {
  const pay = step('pay', {
    expectedMs: 5,
    run: async ({ facts, call }) => {
      expectTypeOf(facts).toEqualTypeOf<Facts>();
      const answer = await call(toy.pay({ amount: facts.amount }));
      expectTypeOf(answer).toEqualTypeOf<{ receipt: string }>();
      return answer.receipt.length;
    },
  });

  it('give a body the results of its direct dependencies only, by name', () => {
    step('ship', {
      ...free,
      after: [pay],
      when: (_facts, results) => {
        expectTypeOf(results).toEqualTypeOf<{ pay: number }>();
        return results.pay > 0;
      },
      run: ({ results, item }) => {
        expectTypeOf(results).toEqualTypeOf<{ pay: number }>();
        expectTypeOf(item).toEqualTypeOf<undefined>();
        // @ts-expect-error -- confirm is not among what ship comes after
        void results.confirm;
        return Promise.resolve();
      },
    });
    step('first', {
      ...free,
      // @ts-expect-error -- a step without dependencies sees no results
      run: ({ results }) => Promise.resolve(results.pay),
    });
  });

  it('give a wait the content type of its message', () => {
    const name = messageType('name', text);
    const decision = messageType('decision', object<{ approve: boolean }>({ approve: () => [] }));
    step('asks', {
      ...free,
      run: async ({ wait, waitForAny, waitUntil, deadline, mailbox }) => {
        expectTypeOf(await wait(name)).toEqualTypeOf<string>();
        const due = deadline(1, 'due');
        expectTypeOf(await wait(decision, { due, late: 'review_deadline' })).toEqualTypeOf<{ approve: boolean }>();
        expectTypeOf(await wait(name, { due })).toEqualTypeOf<string | undefined>();
        const message = await waitForAny([name, decision]);
        if (message.type === 'name') expectTypeOf(message.content).toEqualTypeOf<string>();
        else expectTypeOf(message.content).toEqualTypeOf<{ approve: boolean }>();
        expectTypeOf(await waitUntil(() => mailbox.peek(name)?.content)).toEqualTypeOf<string>();
        // @ts-expect-error -- a message is a declared value, not a name that can be misspelt
        await wait('decison');
        // @ts-expect-error -- there is no message of this type among those that are waited for
        if (message.type === 'decison') return;
        // @ts-expect-error -- a late code is one of the failure codes
        await wait(name, { due, late: 'reviw_deadline' });
        // @ts-expect-error -- nothing can be late without a deadline
        await wait(name, { late: 'review_deadline' });
      },
    });
    // @ts-expect-error -- a process ends with one of the failure codes
    new EndProcess('no_reason', 'There is no such code.');
    // @ts-expect-error -- what is delivered is what the type declares
    new Mailbox().put(decision, { id: '1', content: { approved: true } });
  });

  it('accept steps, not names, as dependencies', () => {
    step('ship', {
      ...free,
      // @ts-expect-error -- a dependency is a step, so an editor finds it and a misspelt one does not compile
      after: ['pay'],
    });
  });

  it('check the input of a call, without the key, which the engine adds', () => {
    // @ts-expect-error -- the amount is missing
    toy.pay({});
    // @ts-expect-error -- the key is derived
    toy.pay({ amount: 1, key: 'mine' });
    // @ts-expect-error -- there is no such operation
    void toy.refund;
    expect(toy.pay({ amount: 2 }, 'second')).toEqual({
      service: 'toy',
      operation: 'pay',
      input: { amount: 2 },
      subject: 'second',
    });
    expect(toy.parcels({})).toEqual({ service: 'toy', operation: 'parcels', input: {} });
  });

  it('give the item of a branch to its steps', () => {
    itemStep('pack', {
      ...free,
      run: ({ item }) => {
        expectTypeOf(item).toEqualTypeOf<{ box: string }>();
        return Promise.resolve();
      },
      undo: ({ item }) => {
        expectTypeOf(item).toEqualTypeOf<{ box: string }>();
        return Promise.resolve();
      },
    });
  });
});

describe('defineProcess', () => {
  const a = step('a', free);
  const inside = step('inside', free);
  const over = () => [{ id: '1', item: undefined }];
  const fan = fanOut('fan', { after: [a], over, branch: [inside] });
  const define = (...definition: AnyStep[]) => defineProcess('toy', 1, definition);

  it('accepts steps in any order', () => {
    const b = step('b', { ...free, after: [fan] });
    expect(define(b, fan, a).steps.map((s) => s.id)).toEqual(['b', 'fan', 'a']);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['an id twice', () => define(a, step('a', free)), /"a" is defined twice/],
    ['an id twice, once inside a fan-out', () => define(a, fan, step('inside', free)), /"inside" is defined twice/],
    ['an id twice, once after the end', () => defineProcess('toy', 1, [a], { afterEnd: [step('a', free)] }), /"a" is/],
    ['a dependency that is not part of it', () => define(step('b', { ...free, after: [a] })), /"b" depends on "a"/],
    [
      'a step outside a fan-out that comes after one inside it',
      () => define(a, fan, step('b', { ...free, after: [inside] })),
      /"b" depends on "inside", which is not defined/,
    ],
    [
      'a branch that comes after a step outside of it',
      () => fanOut('fan', { over, branch: [step('b', { ...free, after: [a] })] }),
      /"b" depends on "a", which is not defined/,
    ],
    ['a fan-out in a fan-out', () => fanOut('outer', { over, branch: [a, fan] }), /"outer" has the fan-out "fan"/],
    [
      'a step after the end that can fail',
      () => defineProcess('toy', 1, [], { afterEnd: [a] }),
      /"a" runs after the end/,
    ],
    [
      'a step of the walk that comes after one after the end',
      () => {
        const last = step('last', { ...free, optional: true });
        return defineProcess('toy', 1, [step('b', { ...free, after: [last] })], { afterEnd: [last] });
      },
      /"b" depends on "last", which is not defined/,
    ],
    [
      'a pivot with an undo',
      () => define(step('out', { ...free, pivot: true, undo: () => Promise.resolve() })),
      /"out" is a pivot and has an undo/,
    ],
    [
      'a pivot that may be skipped, without a word on what is so then',
      () => define(step('out', { ...free, pivot: true, skippable: true })),
      /"out" is a pivot that may be skipped/,
    ],
    [
      'a pivot with an undo in a branch',
      () => {
        const out = step('out', { ...free, pivot: true, undo: () => Promise.resolve() });
        return define(fanOut('fan', { over: () => [], branch: [out] }));
      },
      /"out" is a pivot and has an undo/,
    ],
    [
      'a cycle, with its path',
      () => define({ ...a, dependsOn: ['c'] }, step('b', { ...free, after: [a] }), { ...a, id: 'c', dependsOn: ['b'] }),
      /a -> c -> b -> a/,
    ],
  ])('refuses %s', (_name, load, message) => {
    expect(load).toThrow(message);
    expect(load).toThrow(GraphError);
  });
});

describe('describeProcess and analysedGraph', () => {
  const reserve = step('reserve', { ...free, expectedMs: 10 });
  const book = step('book', { ...free, expectedMs: 20 });
  const deliver = step('deliver', { ...free, expectedMs: 300, after: [book], waits: true });
  const notify = step('notify', { ...free, expectedMs: 9000, after: [deliver], optional: true });
  const ship = fanOut('ship', { after: [reserve], over: () => [], branch: [book, deliver, notify] });
  const sign = step('sign', { ...free, expectedMs: 4, after: [ship] });
  const process = defineProcess<never>('toy', 1, [reserve, ship, sign]);

  it('describe a fan-out and one branch of it; the first step of the branch has the dependencies of the fan-out', () => {
    expect(describeProcess(process)).toEqual([
      { id: 'reserve', dependsOn: [], expectedMs: 10 },
      { id: 'ship', dependsOn: ['reserve'], expectedMs: 0 },
      { id: 'book', dependsOn: ['reserve'], group: 'ship', expectedMs: 20 },
      { id: 'deliver', dependsOn: ['book'], group: 'ship', expectedMs: 300, waits: true },
      { id: 'notify', dependsOn: ['deliver'], group: 'ship', expectedMs: 9000, optional: true },
      { id: 'sign', dependsOn: ['ship'], expectedMs: 4 },
    ]);
  });

  it('replace the fan-out by its branch, up to the last step that is not optional', () => {
    expect(analysedGraph(describeProcess(process))).toEqual([
      { id: 'reserve', dependsOn: [] },
      { id: 'book', dependsOn: ['reserve'] },
      { id: 'deliver', dependsOn: ['book'] },
      { id: 'notify', dependsOn: ['deliver'] },
      { id: 'sign', dependsOn: ['deliver'] },
    ]);
  });

  it('connect one fan-out to the next, also through one whose branch is optional', () => {
    const leaf = step('leaf', { ...free, optional: true });
    const idle = fanOut('idle', { after: [ship], over: () => [], branch: [leaf] });
    const last = step('last', { ...free, after: [idle] });
    const graph = analysedGraph(describeProcess(defineProcess<never>('toy', 1, [reserve, ship, idle, last])));
    expect(graph.find((s) => s.id === 'leaf')!.dependsOn).toEqual(['deliver']);
    expect(graph.find((s) => s.id === 'last')!.dependsOn).toEqual(['deliver']);
    const expected = new Map(describeProcess(process).map((s) => [s.id, s.expectedMs]));
    expect(analyse(graph, (id) => (id === 'notify' ? 0 : (expected.get(id) ?? 1))).criticalPath).toEqual([
      'reserve',
      'book',
      'deliver',
      'leaf',
    ]);
  });
});
