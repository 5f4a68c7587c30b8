import * as dagre from '@dagrejs/dagre';

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Arrow {
  from: string;
  to: string;
  /** A heavier arrow is kept shorter and straighter. */
  weight: number;
}

export interface Layout extends Size {
  /** The centre of each node. */
  centres: Map<string, Point>;
  /** The points that each arrow passes through, in the order of the arrows: from the bottom of a node to the top of another. */
  routes: Point[][];
}

/** The part of dagre's graph that is used here: its own type declarations do not resolve under `NodeNext`. */
interface DagreGraph {
  setGraph(options: object): void;
  graph(): Size;
  setNode(id: string, size: Size): void;
  node(id: string): Point;
  setEdge(from: string, to: string, label: object): void;
  edge(from: string, to: string): { points: Point[] };
}
const { Graph, layout } = dagre as unknown as {
  Graph: new () => DagreGraph;
  layout: (graph: DagreGraph) => void;
};

/** Places nodes of these sizes from top to bottom, so that every arrow points down. */
export function layOut(nodes: ReadonlyMap<string, Size>, arrows: readonly Arrow[]): Layout {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 40, rankalign: 'top' });
  // In reverse: dagre then finds a layout without crossings for more of our graphs. It writes positions into the objects it is given.
  for (const [id, { width, height }] of [...nodes].reverse()) graph.setNode(id, { width, height });
  for (const { from, to, weight } of arrows) graph.setEdge(from, to, { weight });
  layout(graph);
  const edge = (id: string, side: 1 | -1): Point => {
    const { x, y } = graph.node(id);
    return { x, y: y + (side * nodes.get(id)!.height) / 2 };
  };
  return {
    width: graph.graph().width,
    height: graph.graph().height,
    centres: new Map([...nodes.keys()].map((id) => [id, graph.node(id)])),
    routes: arrows.map(({ from, to }) => {
      // Between neighbouring rows dagre has one bend, halfway; a curve needs none there.
      const bends = graph.edge(from, to).points.slice(1, -1);
      return [edge(from, 1), ...(bends.length > 1 ? bends : []), edge(to, -1)];
    }),
  };
}
