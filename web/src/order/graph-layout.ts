import { Graph, layout } from '@dagrejs/dagre';
import type { Branch, Cell, GraphModel } from './graph-model.js';

interface Box {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Placed {
  width: number;
  height: number;
  cells: Box[];
  /** The frames around branches: of the whole group, and of each branch in it. */
  frames: (Box & { group: string; branch?: number })[];
  arrows: { from: string; to: string; d: string }[];
}

const cell = { width: 174, height: 50 };
const frame = { top: 34, side: 12, bottom: 12 };
const gap = 14;

interface Point {
  x: number;
  y: number;
}

/** Places the boxes from top to bottom. Branches are laid out first, and then take their place as one large box. */
export function placeGraph({ cells, branches }: GraphModel): Placed {
  const inner = new Map([...branches].map(([group, own]) => [group, placeBranches(group, own)]));
  const outer = placeCells(cells, (id) => inner.get(id) ?? cell);
  for (const box of [...outer.cells]) {
    const part = inner.get(box.id);
    if (!part) continue;
    outer.cells.splice(outer.cells.indexOf(box), 1);
    outer.frames.push({ ...box, group: box.id }, ...part.frames.map((each) => moved(each, box)));
    outer.cells.push(...part.cells.map((each) => moved(each, box)));
    outer.arrows.push(...part.arrows);
    // An arrow of a branch is drawn where the frame stands.
    for (const arrow of part.arrows) arrow.d = shift(arrow.d, box);
  }
  return outer;
}

function placeBranches(group: string, branches: readonly Branch[]): Placed {
  const placed: Placed = { width: frame.side, height: 0, cells: [], frames: [], arrows: [] };
  for (const [index, { cells }] of branches.entries()) {
    const own = placeCells(cells, () => cell);
    const at = { x: placed.width, y: frame.top };
    const box = { width: own.width + 2 * frame.side, height: own.height + frame.top + frame.bottom };
    placed.frames.push({ id: `${group}#${index}`, group, branch: index, ...at, ...box });
    const inside = { x: at.x + frame.side, y: at.y + frame.top };
    placed.cells.push(...own.cells.map((each) => moved(each, inside)));
    placed.arrows.push(...own.arrows.map((arrow) => ({ ...arrow, d: shift(arrow.d, inside) })));
    placed.width += box.width + (index < branches.length - 1 ? gap : 0);
    placed.height = Math.max(placed.height, box.height);
  }
  return { ...placed, width: placed.width + frame.side, height: placed.height + frame.top + frame.bottom };
}

function placeCells(cells: readonly Cell[], sizeOf: (id: string) => { width: number; height: number }): Placed {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 16, ranksep: 32 });
  // In reverse: dagre then finds a layout with fewer crossings for our graphs. It writes positions into the objects it is given.
  for (const { id } of [...cells].reverse()) {
    const { width, height } = sizeOf(id);
    graph.setNode(id, { width, height });
  }
  const arrows = cells.flatMap(({ id, dependsOn }) => dependsOn.map((from) => ({ from, to: id })));
  for (const { from, to } of arrows) graph.setEdge(from, to, { weight: to.startsWith('notify') ? 1 : 8 });
  // What runs after an early end depends on nothing, and comes last.
  const [beforeLast, last] = cells.slice(-2);
  if (cells.length > 2 && last!.dependsOn.length === 0) graph.setEdge(beforeLast!.id, last!.id, { weight: 0 });
  layout(graph);
  const boxes = new Map(
    cells.map(({ id }) => {
      const { x, y } = graph.node(id) as Point;
      const { width, height } = sizeOf(id);
      return [id, { id, x: Math.round(x - width / 2), y: Math.round(y - height / 2), width, height }];
    }),
  );
  const all = [...boxes.values()];
  return {
    width: Math.max(0, ...all.map(({ x, width }) => x + width)),
    height: Math.max(0, ...all.map(({ y, height }) => y + height)),
    cells: all,
    frames: [],
    arrows: arrows.map(({ from, to }) => {
      const [start, end] = [boxes.get(from)!, boxes.get(to)!];
      const { points } = graph.edge(from, to) as { points: Point[] };
      // Between neighbouring rows a curve needs no bend.
      const bends = points.length > 3 ? points.slice(1, -1) : [];
      const first = { x: start.x + start.width / 2, y: start.y + start.height };
      return { from, to, d: curve([first, ...bends, { x: end.x + end.width / 2, y: end.y }]) };
    }),
  };
}

/** A curve that leaves each point downwards, so that an arrow head points down too. */
function curve([first, ...others]: Point[]): string {
  let path = `M${Math.round(first!.x)} ${Math.round(first!.y)}`;
  let from = first!;
  for (const to of others) {
    const halfway = (from.y + to.y) / 2;
    path += ` C${[from.x, halfway, to.x, halfway, to.x, to.y].map(Math.round).join(' ')}`;
    from = to;
  }
  return path;
}

const moved = <Part extends Point>(part: Part, by: Point): Part => ({ ...part, x: part.x + by.x, y: part.y + by.y });

/** Numbers of a path alternate between x and y. */
function shift(d: string, by: Point): string {
  let isX = false;
  return d.replace(/-?\d+/g, (number) => {
    isX = !isX;
    return `${Number(number) + Math.round(isX ? by.x : by.y)}`;
  });
}
