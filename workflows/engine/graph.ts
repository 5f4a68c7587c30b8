/**
 * Pure functions on the graph of a process. They know nothing of Temporal or of what a step does.
 */

export interface GraphNode {
  id: string;
  dependsOn: readonly string[];
}

/** The definition of a process is invalid. The message names the steps. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
}

/**
 * Sorts ids so that every step comes after its dependencies. Steps that could come next keep the order of the definition.
 *
 * @throws GraphError for a duplicate id, an unknown dependency, or a cycle (with its path).
 */
export function topologicalOrder(nodes: readonly GraphNode[]): string[] {
  const byId = new Map<string, GraphNode>();
  for (const node of nodes) {
    if (byId.has(node.id)) {
      throw new GraphError(`Step "${node.id}" is defined twice: step ids are unique in a process.`);
    }
    byId.set(node.id, node);
  }
  for (const node of nodes) {
    for (const dependency of node.dependsOn) {
      if (!byId.has(dependency)) {
        throw new GraphError(
          `Step "${node.id}" depends on "${dependency}", which is not defined. Defined are: ${[...byId.keys()].join(', ')}.`,
        );
      }
    }
  }
  const order: string[] = [];
  const placed = new Set<string>();
  while (order.length < nodes.length) {
    const next = nodes.find((n) => !placed.has(n.id) && n.dependsOn.every((d) => placed.has(d)));
    if (!next) {
      const path = cyclePath(nodes.filter((n) => !placed.has(n.id)));
      throw new GraphError(`The dependencies form a cycle: ${path.join(' -> ')}. Remove one of them.`);
    }
    placed.add(next.id);
    order.push(next.id);
  }
  return order;
}

/** Every remaining node depends on another remaining node, so following the dependencies leads into a cycle. */
function cyclePath(left: readonly GraphNode[]): string[] {
  const byId = new Map(left.map((n) => [n.id, n]));
  const path: string[] = [];
  let at = left[0]!;
  while (!path.includes(at.id)) {
    path.push(at.id);
    at = byId.get(at.dependsOn.find((d) => byId.has(d))!)!;
  }
  return [...path.slice(path.indexOf(at.id)), at.id];
}

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

/** A step as it ran; times in milliseconds since the epoch, absent where it did not run. */
export interface MeasuredStep extends GraphNode {
  /** The fan-out that this step belongs to. */
  group?: string;
  startedAt?: number;
  finishedAt?: number;
}

/**
 * Measures a run. The critical path goes from the step that finished last back over the dependency that finished last. A fan-out is
 * replaced by the steps of its branches, and a step that did not run by its own dependencies. An optional step of a branch may end after
 * the step after the fan-out has begun: nothing waited for it, so it is not on the path.
 */
export function measure(steps: readonly MeasuredStep[]): {
  totalWorkMs: number;
  makespanMs: number;
  criticalPath: string[];
} {
  const groups = new Set(steps.flatMap((s) => (s.group === undefined ? [] : [s.group])));
  const byId = new Map(steps.map((s) => [s.id, s]));
  const ran = steps.filter((s) => s.startedAt !== undefined && s.finishedAt !== undefined && !groups.has(s.id));
  if (ran.length === 0) return { totalWorkMs: 0, makespanMs: 0, criticalPath: [] };

  const ranBefore = (id: string, seen: Set<string>): MeasuredStep[] => {
    if (seen.has(id)) return [];
    seen.add(id);
    const step = byId.get(id);
    if (!step) return [];
    if (groups.has(id)) return steps.filter((s) => s.group === id).flatMap((s) => ranBefore(s.id, seen));
    if (step.finishedAt !== undefined && step.startedAt !== undefined) return [step];
    return step.dependsOn.flatMap((d) => ranBefore(d, seen));
  };
  const lastToFinish = (candidates: readonly MeasuredStep[]): MeasuredStep | undefined =>
    candidates.reduce<MeasuredStep | undefined>(
      (best, s) => (!best || s.finishedAt! > best.finishedAt! ? s : best),
      undefined,
    );

  const criticalPath: string[] = [];
  for (let at = lastToFinish(ran); at;) {
    criticalPath.unshift(at.id);
    const seen = new Set<string>([at.id]);
    const { startedAt, dependsOn } = at;
    at = lastToFinish(dependsOn.flatMap((d) => ranBefore(d, seen)).filter((s) => s.finishedAt! <= startedAt!));
  }
  return {
    totalWorkMs: ran.reduce((sum, s) => sum + (s.finishedAt! - s.startedAt!), 0),
    makespanMs: Math.max(...ran.map((s) => s.finishedAt!)) - Math.min(...ran.map((s) => s.startedAt!)),
    criticalPath,
  };
}
