import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../workflows/engine/analysis.js';
import { GraphError, measure, topologicalOrder } from '../../workflows/engine/graph.js';
import { shareOf } from '../support/share.js';
import type { GraphNode, MeasuredStep } from '../../workflows/engine/graph.js';

/** A graph of up to `most` nodes without a cycle: each node depends on some earlier ones, and they are listed in any order. */
const dag = (most: number): fc.Arbitrary<GraphNode[]> =>
  fc
    .array(fc.array(fc.boolean(), { minLength: most, maxLength: most }), { maxLength: most })
    .map((rows) =>
      rows.map((row, i) => ({ id: `n${i}`, dependsOn: row.flatMap((on, j) => (on && j < i ? [`n${j}`] : [])) })),
    )
    .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length, maxLength: nodes.length }));

it('the generated graphs have paths that split and paths that join', () => {
  expect(shareOf(dag(7), (nodes) => nodes.some(({ dependsOn }) => dependsOn.length > 1))).toBeGreaterThan(0.3);
  const starts = (nodes: GraphNode[]) => nodes.filter(({ dependsOn }) => dependsOn.length === 0).length;
  expect(shareOf(dag(7), (nodes) => starts(nodes) > 1 && starts(nodes) < nodes.length)).toBeGreaterThan(0.3);
});

const node = (id: string, ...dependsOn: string[]): GraphNode => ({ id, dependsOn });

/** All paths from a node back to a start. */
function pathsTo(nodes: readonly GraphNode[], id: string): string[][] {
  const { dependsOn } = nodes.find((n) => n.id === id)!;
  return dependsOn.length === 0 ? [[id]] : dependsOn.flatMap((d) => pathsTo(nodes, d).map((path) => [...path, id]));
}

function reaches(nodes: readonly GraphNode[], from: string, to: string): boolean {
  return nodes.find((n) => n.id === from)!.dependsOn.some((d) => d === to || reaches(nodes, d, to));
}

/** Finds the size of the largest set without a path between two of its members, by trying every set. */
function largestAntichain(nodes: readonly GraphNode[]): number {
  const related = nodes.map((a) => nodes.map((b) => reaches(nodes, a.id, b.id) || reaches(nodes, b.id, a.id)));
  let best = 0;
  for (let set = 0; set < 1 << nodes.length; set += 1) {
    const members = nodes.map((_, i) => i).filter((i) => set & (1 << i));
    if (members.length > best && members.every((a) => members.every((b) => !related[a]![b]))) best = members.length;
  }
  return best;
}

describe('topologicalOrder', () => {
  it('lists each step once, after its dependencies', () => {
    fc.assert(
      fc.property(dag(9), (nodes) => {
        const order = topologicalOrder(nodes);
        expect([...order].sort()).toEqual(nodes.map((n) => n.id).sort());
        for (const { id, dependsOn } of nodes) {
          for (const d of dependsOn) expect(order.indexOf(d)).toBeLessThan(order.indexOf(id));
        }
      }),
    );
  });

  it('takes the step that is defined first when several can come next', () => {
    fc.assert(
      fc.property(dag(7), (nodes) => {
        const order = topologicalOrder(nodes);
        order.forEach((id, i) => {
          const placed = new Set(order.slice(0, i));
          const next = nodes.find((n) => !placed.has(n.id) && n.dependsOn.every((d) => placed.has(d)));
          expect(id).toBe(next!.id);
        });
      }),
    );
  });

  it('names an undefined dependency, the step that asks for it, and the known steps', () => {
    expect(() => topologicalOrder([node('pay'), node('ship', 'pack')])).toThrow(
      new GraphError('Step "ship" depends on "pack", which is not defined. Defined are: pay, ship.'),
    );
  });

  it('names an id defined twice', () => {
    expect(() => topologicalOrder([node('pay'), node('pay')])).toThrow(/"pay" is defined twice/);
  });

  it('names the path of a cycle, without the steps that only lead to it', () => {
    const nodes = [node('lead', 'c'), node('a', 'b'), node('b', 'c'), node('c', 'a'), node('free')];
    expect(() => topologicalOrder(nodes)).toThrow(/form a cycle: c -> a -> b -> c\./);
    expect(() => topologicalOrder([node('a', 'a')])).toThrow(/a -> a/);
  });

  it('finds every cycle, and each arrow of the named path is a dependency', () => {
    fc.assert(
      fc.property(dag(7), fc.nat(), fc.nat(), (nodes, x, y) => {
        fc.pre(nodes.length > 0);
        const from = nodes[x % nodes.length]!;
        const to = nodes[y % nodes.length]!;
        fc.pre(from === to || reaches(nodes, to.id, from.id));
        const cyclic = nodes.map((n) => (n === from ? node(n.id, ...n.dependsOn, to.id) : n));
        let message = '';
        try {
          topologicalOrder(cyclic);
        } catch (error) {
          message = (error as Error).message;
        }
        const path = /cycle: (.*)\. Remove/.exec(message)![1]!.split(' -> ');
        expect(path.length).toBeGreaterThan(1);
        expect(path.at(-1)).toBe(path[0]);
        expect(new Set(path).size).toBe(path.length - 1);
        path.slice(1).forEach((id, i) => expect(cyclic.find((n) => n.id === path[i])!.dependsOn).toContain(id));
      }),
    );
  });
});

describe('analyse', () => {
  const graph = [node('a'), node('b'), node('c', 'a', 'b'), node('d', 'c'), node('e', 'c')];
  const duration: Record<string, number> = { a: 10, b: 30, c: 5, d: 7, e: 8 };

  it('gives the order, width and critical path of a definition', () => {
    expect(analyse(graph, (id) => duration[id]!)).toEqual({
      order: ['a', 'b', 'c', 'd', 'e'],
      width: 2,
      criticalPath: ['b', 'c', 'e'],
      totalWorkMs: 60,
      makespanMs: 43,
      speedUp: 60 / 43,
    });
  });

  it('handles a process without steps and one without work', () => {
    expect(analyse([], () => 1)).toMatchObject({ order: [], width: 0, criticalPath: [], makespanMs: 0, speedUp: 1 });
    expect(analyse(graph, () => 0)).toMatchObject({ totalWorkMs: 0, makespanMs: 0, speedUp: 1 });
  });

  it('finds the longest path and its length', () => {
    fc.assert(
      fc.property(dag(8), fc.array(fc.nat(50), { minLength: 8, maxLength: 8 }), (nodes, times) => {
        const time = (id: string) => times[Number(id.slice(1))]!;
        const length = (path: readonly string[]) => path.reduce((sum, id) => sum + time(id), 0);
        const all = nodes.flatMap((n) => pathsTo(nodes, n.id));
        const { criticalPath, makespanMs, totalWorkMs } = analyse(nodes, time);
        expect(makespanMs).toBe(Math.max(0, ...all.map(length)));
        expect(length(criticalPath)).toBe(makespanMs);
        expect(totalWorkMs).toBe(length(nodes.map((n) => n.id)));
        if (nodes.length > 0) expect(all).toContainEqual(criticalPath);
      }),
    );
  });

  it('finds the largest number of steps that can run at once', () => {
    fc.assert(
      fc.property(dag(8), (nodes) => {
        expect(analyse(nodes, () => 1).width).toBe(largestAntichain(nodes));
      }),
      { numRuns: 200 },
    );
  });
});

describe('measure', () => {
  const ran = (id: string, from: number, to: number, ...dependsOn: string[]): MeasuredStep => ({
    id,
    dependsOn,
    startedAt: from,
    finishedAt: to,
  });
  const member = (group: string, step: MeasuredStep): MeasuredStep => ({ ...step, group });

  it('follows the dependency that finished last, back from the last step to finish', () => {
    const steps = [
      ran('a', 0, 10),
      ran('b', 0, 30),
      ran('c', 30, 35, 'a', 'b'),
      ran('d', 35, 36, 'c'),
      ran('e', 35, 40, 'c'),
    ];
    expect(measure(steps)).toEqual({ totalWorkMs: 51, makespanMs: 40, criticalPath: ['b', 'c', 'e'] });
  });

  it('goes through the branches of a fan-out and leaves the fan-out itself out', () => {
    const steps = [
      ran('confirm', 100, 110),
      ran('ship', 110, 200, 'confirm'),
      member('ship', ran('book:1', 110, 120, 'confirm')),
      member('ship', ran('book:2', 110, 150, 'confirm')),
      member('ship', ran('deliver:1', 120, 200, 'book:1')),
      member('ship', ran('deliver:2', 150, 190, 'book:2')),
      ran('sign', 200, 205, 'ship'),
    ];
    expect(measure(steps)).toEqual({
      totalWorkMs: 10 + 10 + 40 + 80 + 40 + 5,
      makespanMs: 105,
      criticalPath: ['confirm', 'book:1', 'deliver:1', 'sign'],
    });
  });

  it('goes through steps that did not run, also through a whole skipped branch', () => {
    const steps: MeasuredStep[] = [
      ran('a', 0, 10),
      { id: 'skipped', dependsOn: ['a'] },
      ran('fan', 10, 10, 'skipped'),
      { id: 'only:1', dependsOn: ['skipped'], group: 'fan' },
      ran('b', 10, 12, 'fan'),
    ];
    expect(measure(steps).criticalPath).toEqual(['a', 'b']);
  });

  it('ignores a leaf that ended after its dependent had begun', () => {
    const steps = [
      ran('fan', 0, 20),
      member('fan', ran('work:1', 0, 20)),
      member('fan', ran('notify:1', 5, 900, 'work:1')),
      ran('next', 20, 1000, 'fan'),
    ];
    expect(measure(steps).criticalPath).toEqual(['work:1', 'next']);
  });

  it('is empty when nothing ran', () => {
    expect(measure([{ id: 'a', dependsOn: [] }])).toEqual({ totalWorkMs: 0, makespanMs: 0, criticalPath: [] });
  });

  it('matches the analysis for a run without pauses', () => {
    const durations = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(dag(8), durations, (nodes, times) => {
        fc.pre(nodes.length > 0);
        const time = (id: string) => times[Number(id.slice(1))]!;
        const promised = analyse(nodes, time);
        const finish = new Map<string, number>();
        const byId = new Map(nodes.map((n) => [n.id, n]));
        const steps = promised.order.map((id) => {
          const { dependsOn } = byId.get(id)!;
          const start = Math.max(0, ...dependsOn.map((d) => finish.get(d)!));
          finish.set(id, start + time(id));
          return ran(id, start, start + time(id), ...dependsOn);
        });
        const measured = measure(steps);
        expect(measured).toMatchObject({ totalWorkMs: promised.totalWorkMs, makespanMs: promised.makespanMs });
        expect(measured.criticalPath.reduce((sum, id) => sum + time(id), 0)).toBe(promised.makespanMs);
      }),
    );
  });
});
