import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { pageOf, plansOf, type Plan } from '../../tools/cli/structure/page.js';
import { circleOf, structureOf } from '../../tools/cli/structure/rooms.js';
import { root } from './markdown.js';

describe('the structure of this checkout', () => {
  let plans: Plan[];
  beforeAll(async () => {
    plans = await plansOf(root);
  }, 120_000);

  it('has no room that imports itself through another', () => {
    expect(plans.map(circleOf)).toEqual(plans.map(() => []));
    expect(plans.map(({ rooms }) => rooms.length > 5)).toEqual([true, true]);
  });

  it('is as docs/structure.md shows it', async () => {
    expect(pageOf(plans), 'run `npm run structure`').toBe(await readFile(`${root}/docs/structure.md`, 'utf8'));
  });
});

describe('a structure', () => {
  const value = (from: string, to: string) => ({ from, to, typeOnly: false });
  const type = (from: string, to: string) => ({ from, to, typeOnly: true });
  const roomOf = (file: string) => file.split('/')[0];

  it('counts rooms, arrows and floors', () => {
    const imports = [
      value('c/1', 'b/1'),
      type('c/1', 'a/1'),
      type('b/1', 'a/1'),
      value('b/2', 'a/1'),
      type('a/1', 'a/2'),
    ];
    const { rooms, arrows, floors } = structureOf(imports, roomOf);
    expect(rooms).toEqual(['a', 'b', 'c']);
    expect(arrows).toEqual([value('b', 'a'), type('c', 'a'), value('c', 'b')]);
    expect(Object.fromEntries(floors)).toEqual({ a: 0, b: 1, c: 2 });
  });

  it('finds a circle', () => {
    const imports = [value('a/1', 'b/1'), value('b/2', 'c/1'), value('c/2', 'a/2'), value('d/1', 'd/2')];
    expect(circleOf(structureOf(imports, roomOf))).toEqual(['a', 'b', 'c']);
  });
});
