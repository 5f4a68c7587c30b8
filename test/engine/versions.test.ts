import { describe, expect, it } from 'vitest';
import { defineProcess, steps } from '../../workflows/engine/definition.js';
import { ProcessRun } from '../../workflows/engine/run-process.js';
import { latestOf, replacing, versionOf, without } from '../../workflows/engine/versions.js';
import { simple, toy, undoable } from './toy-run.js';
import { ToyWorld } from './toy-world.js';

const { step, fanOut } = steps<undefined>();
const reserve = step('reserve', undoable);
const pack = step('pack', { ...simple, after: [reserve] });
const packTwice = step('pack', {
  ...simple,
  after: [reserve],
  run: async ({ call }) => {
    await call(toy.do({}));
    return call(toy.also({}));
  },
});
const first = defineProcess<undefined>('toy', 1, [reserve, pack]);
const second = defineProcess<undefined>('toy', 2, [reserve, packTwice]);
const versions = [first, second] as const;

async function callsOf(version: number): Promise<string[]> {
  const world = new ToyWorld();
  const run = new ProcessRun(versionOf(versions, version), undefined, world, {
    key: `v${version}`,
    onChange: () => {},
  });
  const running = run.run();
  for (const name of ['reserve:do', 'pack:do', ...(version === 2 ? ['pack:also'] : [])]) {
    await world.settle(...(name.split(':') as [string, string]));
  }
  await running;
  return world.calls.map((call) => call.request.input.key);
}

describe('versions of a process', () => {
  it('run side by side, each with its own steps; equal steps are shared', async () => {
    expect(await Promise.all([callsOf(1), callsOf(2)])).toEqual([
      ['v1:reserve:do', 'v1:pack:do'],
      ['v2:reserve:do', 'v2:pack:do', 'v2:pack:also'],
    ]);
    expect(first.steps[0]).toBe(second.steps[0]);
  });

  it('that do not exist throw an error with the known ones', () => {
    expect(() => versionOf(versions, 3)).toThrow('Unknown version 3 of the toy process. Known versions: 1, 2.');
  });

  it('have a latest one, wherever it is in the list', () => {
    expect(latestOf(versions)).toBe(second);
    expect(latestOf([second, first])).toBe(second);
  });

  it('can have another value of a step, also of one of a branch; all other steps are shared', () => {
    const wrap = step('wrap', simple);
    const wrapTwice = step('wrap', { ...simple, optional: true });
    const send = step('send', { ...simple, after: [wrap] });
    const items = fanOut('items', { after: [reserve], over: () => [], branch: [wrap, send] });
    const [kept, changed] = replacing([reserve, items], wrapTwice);
    expect(kept).toBe(reserve);
    expect(changed!.fanOut!.branch).toEqual([wrapTwice, send]);
    expect(items.fanOut!.branch[0]).toBe(wrap);
    const [shared, packed] = replacing([reserve, pack], packTwice);
    expect([shared, packed]).toEqual([reserve, packTwice]);
    expect(shared).toBe(reserve);
  });

  it('can leave a step out, also one of a branch; its dependents no longer wait for it', () => {
    const wrap = step('wrap', simple);
    const label = step('label', { ...simple, after: [wrap] });
    const send = step('send', { ...simple, after: [label] });
    const items = fanOut('items', { after: [reserve], over: () => [], branch: [wrap, label, send] });
    const [kept, changed] = without([reserve, items], label);
    expect(kept).toBe(reserve);
    expect(changed!.fanOut!.branch).toEqual([wrap, { ...send, dependsOn: [] }]);
    expect(without([reserve, pack], reserve)).toEqual([{ ...pack, dependsOn: [] }]);
  });
});
