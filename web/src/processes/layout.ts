import { Graph, layout } from '@dagrejs/dagre';
import type { Step } from './process.js';

interface Box {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Drawing {
  width: number;
  height: number;
  steps: Box[];
  /** The frame around the steps that each parcel goes through. */
  frames: Box[];
  arrows: { key: string; from: string; to: string; d: string }[];
}

interface Point {
  x: number;
  y: number;
}

const size = { width: 172, height: 44 };

/** Places a definition from left to right. A group is drawn as a frame around its steps; its own step is the name of the frame. */
export function draw(steps: readonly Step[]): Drawing {
  const graph = new Graph({ compound: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 30, marginx: 8, marginy: 8 });
  const groups = new Set(steps.flatMap(({ group }) => group ?? []));
  for (const { id, group } of steps) {
    if (groups.has(id)) graph.setNode(id, {});
    else graph.setNode(id, { ...size });
    if (group !== undefined) graph.setParent(id, group);
  }
  // dagre draws no arrow to a frame: it goes to the first steps in it, and from the last ones.
  const inside = (group: string) => steps.filter((step) => step.group === group);
  const firstOf = (group: string) =>
    inside(group).filter(({ dependsOn }) => !dependsOn.some((id) => inside(group).some((each) => each.id === id)));
  const lastOf = (group: string) =>
    inside(group).filter(({ id }) => !inside(group).some(({ dependsOn }) => dependsOn.includes(id)));
  const ends = new Map<string, [string, string]>();
  for (const step of steps) {
    for (const from of step.dependsOn) {
      const starts = groups.has(from) ? lastOf(from).map(({ id }) => id) : [from];
      const targets = groups.has(step.id) ? firstOf(step.id).map(({ id }) => id) : [step.id];
      for (const start of starts) for (const target of targets) ends.set(`${start} ${target}`, [start, target]);
    }
  }
  for (const [from, to] of ends.values()) graph.setEdge(from, to, { weight: to.startsWith('notify') ? 1 : 6 });
  layout(graph);
  const boxOf = (id: string): Box => {
    const { x, y, width, height } = graph.node(id) as Box;
    return { id, x: x - width / 2, y: y - height / 2, width, height };
  };
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    steps: steps.filter(({ id }) => !groups.has(id)).map(({ id }) => boxOf(id)),
    frames: [...groups].map(boxOf),
    arrows: [...ends].map(([key, [from, to]]) => {
      const [start, end] = [boxOf(from), boxOf(to)];
      const { points } = graph.edge(from, to) as { points: Point[] };
      // Between neighbouring ranks a curve needs no bend.
      const bends = points.length > 3 ? points.slice(1, -1) : [];
      const first = { x: start.x + start.width, y: start.y + start.height / 2 };
      return { key, from, to, d: curve([first, ...bends, { x: end.x, y: end.y + end.height / 2 }]) };
    }),
  };
}

/** A curve that leaves each point to the right. */
function curve([first, ...others]: Point[]): string {
  let path = `M${first!.x} ${first!.y}`;
  let from = first!;
  for (const to of others) {
    const halfway = (from.x + to.x) / 2;
    path += ` C${halfway} ${from.y} ${halfway} ${to.y} ${to.x} ${to.y}`;
    from = to;
  }
  return path;
}
