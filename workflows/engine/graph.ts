/**
 * Pure functions on the graph of a process. They know nothing of Temporal or of what a step does. What no run needs is in analysis.ts.
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
