import { expect, it } from 'vitest';
import { processes } from '../../src/api/processes/processes.js';
import { placeGraph, type GraphNode, type LayoutOptions } from '../../web/src/parts/graph-layout.js';

const step = { width: 160, height: 58 };
const frame = { gap: 14, padding: 12, top: 34 };
const options = (direction: LayoutOptions['direction']): LayoutOptions => ({ direction, step, frame });

interface Box {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
}
const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const isInside = (a: Box, b: Omit<Box, 'id'>) =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;

/** The order process as it is drawn with so many parcels. */
function orderWith(parcels: number): GraphNode[] {
  const { steps } = processes.find(({ name }) => name === 'order')!;
  const branch = steps.filter(({ group }) => group !== undefined);
  const inside = new Set(branch.map(({ id }) => id));
  return steps
    .filter(({ group }) => group === undefined)
    .map((each) => ({
      ...each,
      ...(each.id === 'ship' && {
        branches: Array.from({ length: parcels }, (_, index) =>
          branch.map(({ id, dependsOn }) => ({
            id: `${id}:${index}`,
            dependsOn: dependsOn.filter((before) => inside.has(before)).map((before) => `${before}:${index}`),
          })),
        ),
      }),
    }));
}

it.each([
  ['down', 1],
  ['down', 3],
  ['right', 1],
  ['right', 2],
] as const)(
  'drawn %s with %i parcels, nothing covers anything, and branches stand in their frames',
  (direction, parcels) => {
    const { steps, frames, arrows, ...size } = placeGraph(orderWith(parcels), options(direction));
    const whole = frames.find(({ branch }) => branch === undefined)!;
    const branches = frames.filter(({ branch }) => branch !== undefined);
    expect(branches).toHaveLength(parcels);
    for (const [index, a] of steps.entries()) {
      expect(isInside(a, { x: 0, y: 0, ...size }), a.id).toBe(true);
      for (const b of steps.slice(index + 1)) expect(overlap(a, b), `${a.id} and ${b.id}`).toBe(false);
      const [, branch] = a.id.split(':');
      expect(overlap(a, whole), a.id).toBe(branch !== undefined);
      if (branch !== undefined) expect(isInside(a, branches[Number(branch)]!), a.id).toBe(true);
    }
    for (const branch of branches) expect(isInside(branch, whole)).toBe(true);
    expect(arrows.every(({ d }) => /^M-?\d+ -?\d+( C(-?\d+ ?){6})+$/.test(d))).toBe(true);
    expect(new Set(arrows.map(({ from, to }) => `${from} ${to}`)).size).toBe(arrows.length);
  },
);

it('a notice stands beside the step that it tells of', () => {
  const nodes = [
    { id: 'confirmOrder', dependsOn: [] },
    { id: 'notifyConfirmed', dependsOn: ['confirmOrder'] },
    { id: 'ship', dependsOn: ['confirmOrder'] },
  ];
  const place = (direction: LayoutOptions['direction']) =>
    new Map(placeGraph(nodes, options(direction)).steps.map((box) => [box.id, box]));
  const down = place('down');
  expect(down.get('notifyConfirmed')).toMatchObject({ y: down.get('confirmOrder')!.y });
  expect(down.get('notifyConfirmed')!.x).toBeGreaterThan(down.get('confirmOrder')!.x);
  expect(down.get('ship')!.y).toBeGreaterThan(down.get('confirmOrder')!.y);
  const right = place('right');
  expect(right.get('notifyConfirmed')).toMatchObject({ x: right.get('confirmOrder')!.x });
  expect(right.get('ship')!.x).toBeGreaterThan(right.get('confirmOrder')!.x);
});

it('two parcels fit into the place beside the facts at 1280 pixels', () => {
  const { width } = placeGraph(orderWith(2), options('down'));
  // At the smallest scale that is still readable.
  expect(width * 0.73).toBeLessThanOrEqual(610);
});
