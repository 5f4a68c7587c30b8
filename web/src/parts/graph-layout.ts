import { Graph, layout } from '@dagrejs/dagre';

/** A step to draw. */
export interface GraphNode {
  id: string;
  dependsOn: readonly string[];
  /** It is drawn as a frame around these, each a graph of its own: what happens once a parcel. */
  branches?: readonly (readonly GraphNode[])[];
}

export interface LayoutOptions {
  /** Where the arrows lead. */
  direction: 'down' | 'right';
  /** The size of a step; pixels, as is everything here. */
  step: Size;
  /** The space between branches, and between a frame and what is in it; above it also stands its name. */
  frame: { gap: number; padding: number; top: number };
}

/** Between steps of one rank. */
const between = 16;

interface Size {
  width: number;
  height: number;
}

interface Point {
  x: number;
  y: number;
}

interface Box extends Point, Size {
  id: string;
}

export interface PlacedGraph extends Size {
  steps: Box[];
  /** Around all branches of a step, and around each of them. */
  frames: (Box & { branch?: number })[];
  arrows: { from: string; to: string; d: string }[];
}

/** Places the steps of a graph. Branches are laid out first, and then take their place as one large box. */
export function placeGraph(nodes: readonly GraphNode[], options: LayoutOptions): PlacedGraph {
  const inner = new Map(
    nodes.flatMap(({ id, branches }) => (branches ? [[id, placeBranches(id, branches, options)] as const] : [])),
  );
  const outer = placeSteps(nodes, options, (id) => inner.get(id) ?? options.step);
  const parts = [...inner].map(([id, part]) => {
    const box = outer.steps.find((step) => step.id === id)!;
    return { box, part: movedGraph(part, box) };
  });
  return {
    ...outer,
    steps: [...outer.steps.filter(({ id }) => !inner.has(id)), ...parts.flatMap(({ part }) => part.steps)],
    frames: parts.flatMap(({ box, part }) => [box, ...part.frames]),
    arrows: [...outer.arrows, ...parts.flatMap(({ part }) => part.arrows)],
  };
}

function placeBranches(id: string, branches: readonly (readonly GraphNode[])[], options: LayoutOptions): PlacedGraph {
  const { gap, padding, top } = options.frame;
  const isRow = options.direction === 'down';
  const placed: PlacedGraph = { width: 0, height: 0, steps: [], frames: [], arrows: [] };
  let at: Point = { x: padding, y: top };
  for (const [branch, nodes] of branches.entries()) {
    const own = placeSteps(nodes, options, () => options.step);
    const box = { id, branch, ...at, width: own.width + 2 * padding, height: own.height + top + padding };
    const inside = movedGraph(own, { x: at.x + padding, y: at.y + top });
    placed.frames.push(box);
    placed.steps.push(...inside.steps);
    placed.arrows.push(...inside.arrows);
    placed.width = Math.max(placed.width, box.x + box.width + padding);
    placed.height = Math.max(placed.height, box.y + box.height + padding);
    at = isRow ? { x: at.x + box.width + gap, y: at.y } : { x: at.x, y: at.y + box.height + gap };
  }
  return placed;
}

function placeSteps(
  nodes: readonly GraphNode[],
  { direction, step }: LayoutOptions,
  sizeOf: (id: string) => Size,
): PlacedGraph {
  const isDown = direction === 'down';
  const hosts = noticesByHost(nodes);
  const beside = new Set([...hosts.values()].flat());
  const ranked = nodes.filter(({ id }) => !beside.has(id));
  const sizeWithNotices = (id: string): Size => {
    const { width, height } = sizeOf(id);
    const count = hosts.get(id)?.length ?? 0;
    return isDown
      ? { width: width + count * (step.width + between), height }
      : { width, height: height + count * (step.height + between) };
  };
  const graph = new Graph();
  graph.setGraph({ rankdir: isDown ? 'TB' : 'LR', nodesep: between, ranksep: 32 });
  // In reverse: dagre then finds a layout with fewer crossings for our graphs. It writes positions into the objects it is given.
  for (const { id } of [...ranked].reverse()) graph.setNode(id, sizeWithNotices(id));
  const arrows = ranked.flatMap(({ id, dependsOn }) => dependsOn.map((from) => ({ from, to: id })));
  for (const { from, to } of arrows) graph.setEdge(from, to, { weight: isNotice(to) ? 1 : 8 });
  // What runs after an early end depends on nothing, and comes last.
  const [beforeLast, last] = ranked.slice(-2);
  if (ranked.length > 2 && last!.dependsOn.length === 0) graph.setEdge(beforeLast!.id, last!.id, { weight: 0 });
  layout(graph);
  const boxes = new Map<string, Box>();
  for (const { id } of ranked) {
    const { x, y } = graph.node(id) as Point;
    const { width, height } = sizeWithNotices(id);
    const at = { x: Math.round(x - width / 2), y: Math.round(y - height / 2) };
    boxes.set(id, { id, ...at, ...sizeOf(id) });
    hosts.get(id)?.forEach((notice, index) => {
      const by = (index + 1) * (between + (isDown ? step.width : step.height));
      boxes.set(notice, { id: notice, x: at.x + (isDown ? by : 0), y: at.y + (isDown ? 0 : by), ...step });
    });
  }
  const steps = [...boxes.values()];
  return {
    width: Math.max(0, ...steps.map(({ x, width }) => x + width)),
    height: Math.max(0, ...steps.map(({ y, height }) => y + height)),
    steps,
    frames: [],
    arrows: [
      ...arrows.map(({ from, to }) => {
        const [start, end] = [boxes.get(from)!, boxes.get(to)!];
        const { points } = graph.edge(from, to) as { points: Point[] };
        // Between neighbouring ranks a curve needs no bend.
        const bends = points.length > 3 ? points.slice(1, -1) : [];
        return {
          from,
          to,
          d: curve(
            [sideOf(start, isDown ? 'bottom' : 'right'), ...bends, sideOf(end, isDown ? 'top' : 'left')],
            isDown,
          ),
        };
      }),
      ...[...hosts].flatMap(([from, notices]) =>
        notices.map((to, index) => {
          // The second notice hangs on the first, so that no arrow crosses it.
          const start = boxes.get(notices[index - 1] ?? from)!;
          const end = boxes.get(to)!;
          return {
            from,
            to,
            d: curve([sideOf(start, isDown ? 'right' : 'bottom'), sideOf(end, isDown ? 'left' : 'top')], !isDown),
          };
        }),
      ),
    ],
  };
}

/**
 * The notices that stand beside the step that they tell of, by its id: those of one single step that nothing waits for.
 */
function noticesByHost(nodes: readonly GraphNode[]): Map<string, string[]> {
  const awaited = new Set(nodes.flatMap(({ dependsOn }) => dependsOn));
  const frames = new Set(nodes.flatMap(({ id, branches }) => (branches ? [id] : [])));
  const found = new Map<string, string[]>();
  for (const { id, dependsOn } of nodes) {
    const [host] = dependsOn;
    if (!isNotice(id) || awaited.has(id) || host === undefined || dependsOn.length > 1 || frames.has(host)) continue;
    found.set(host, [...(found.get(host) ?? []), id]);
  }
  return found;
}

const isNotice = (id: string): boolean => id.startsWith('notify');

function sideOf({ x, y, width, height }: Box, side: 'top' | 'bottom' | 'left' | 'right'): Point {
  if (side === 'left' || side === 'right') return { x: side === 'left' ? x : x + width, y: y + height / 2 };
  return { x: x + width / 2, y: side === 'top' ? y : y + height };
}

/** A curve that leaves each point in the direction of the graph, so that an arrow head points there too. */
function curve([first, ...others]: Point[], isDown: boolean): string {
  let path = `M${Math.round(first!.x)} ${Math.round(first!.y)}`;
  let from = first!;
  for (const to of others) {
    const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
    const [leave, arrive] = isDown
      ? [
          { x: from.x, y: middle.y },
          { x: to.x, y: middle.y },
        ]
      : [
          { x: middle.x, y: from.y },
          { x: middle.x, y: to.y },
        ];
    path += ` C${[leave, arrive, to].map(({ x, y }) => `${Math.round(x)} ${Math.round(y)}`).join(' ')}`;
    from = to;
  }
  return path;
}

function movedGraph(graph: PlacedGraph, by: Point): PlacedGraph {
  const moved = <Part extends Point>(part: Part): Part => ({ ...part, x: part.x + by.x, y: part.y + by.y });
  return {
    ...graph,
    steps: graph.steps.map(moved),
    frames: graph.frames.map(moved),
    arrows: graph.arrows.map((arrow) => ({ ...arrow, d: shifted(arrow.d, by) })),
  };
}

/** Numbers of a path alternate between x and y. */
function shifted(d: string, by: Point): string {
  let isX = false;
  return d.replace(/-?\d+/g, (number) => {
    isX = !isX;
    return `${Number(number) + Math.round(isX ? by.x : by.y)}`;
  });
}
