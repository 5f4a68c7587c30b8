import { topologicalOrder } from './graph.js';
import type { GraphNode } from './graph.js';

/** The analysis of a definition, for pages and tools. No run needs it, so it is not among the workflow code of a worker. */

export interface Analysis {
  /** Topological order. */
  order: string[];
  /** The most steps that can ever run at once: the largest set without a path between any two of them. */
  width: number;
  criticalPath: string[];
  /** W, the sum of all durations. */
  totalWorkMs: number;
  /** Length of the critical path: the elapsed time with nothing in the way. */
  makespanMs: number;
  /** W / makespan; 1 where there is no work. */
  speedUp: number;
}

/** Analyses a definition by the expected duration of each step, in milliseconds. */
export function analyse(nodes: readonly GraphNode[], durationMs: (id: string) => number): Analysis {
  const order = topologicalOrder(nodes);
  const byId = new Map(nodes.map((n) => [n.id, n]));
  const finish = new Map<string, number>();
  const via = new Map<string, string | undefined>();
  for (const id of order) {
    const before = latest(byId.get(id)!.dependsOn, (d) => finish.get(d)!);
    via.set(id, before);
    finish.set(id, (before === undefined ? 0 : finish.get(before)!) + durationMs(id));
  }
  const criticalPath: string[] = [];
  for (let at = latest(order, (id) => finish.get(id)!); at !== undefined; at = via.get(at)) criticalPath.unshift(at);
  const totalWorkMs = order.reduce((sum, id) => sum + durationMs(id), 0);
  const makespanMs = criticalPath.length === 0 ? 0 : finish.get(criticalPath.at(-1)!)!;
  return {
    order,
    width: width(nodes, order),
    criticalPath,
    totalWorkMs,
    makespanMs,
    speedUp: makespanMs === 0 ? 1 : totalWorkMs / makespanMs,
  };
}

function latest(ids: readonly string[], time: (id: string) => number): string | undefined {
  return ids.reduce<string | undefined>(
    (best, id) => (best === undefined || time(id) > time(best) ? id : best),
    undefined,
  );
}

/** The size of the largest antichain, by Dilworth's theorem: the number of nodes less a maximum matching of the reachability. */
function width(nodes: readonly GraphNode[], order: readonly string[]): number {
  const ancestors = new Map<string, Set<string>>();
  const byId = new Map(nodes.map((n) => [n.id, n]));
  for (const id of order) {
    const all = new Set<string>();
    for (const d of byId.get(id)!.dependsOn) {
      all.add(d);
      for (const a of ancestors.get(d)!) all.add(a);
    }
    ancestors.set(id, all);
  }
  const matched = new Map<string, string>();
  const augment = (id: string, seen: Set<string>): boolean => {
    for (const a of ancestors.get(id)!) {
      if (seen.has(a)) continue;
      seen.add(a);
      const holder = matched.get(a);
      if (holder === undefined || augment(holder, seen)) {
        matched.set(a, id);
        return true;
      }
    }
    return false;
  };
  for (const id of order) augment(id, new Set());
  return nodes.length - matched.size;
}
