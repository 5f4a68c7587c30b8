import type { Process, StepPolicy } from './definition.js';

export interface DescribedStep {
  id: string;
  dependsOn: string[];
  group?: string;
  waits?: boolean;
  /** Its failure fails nothing. */
  optional?: boolean;
  expectedMs: number;
}

/** A definition as data, each fan-out with one branch, for pages and for the analysis. */
export function describeProcess(process: Process<never>): DescribedStep[] {
  return process.steps.flatMap((step) => [
    described(step, step.dependsOn),
    ...(step.fanOut?.branch ?? []).map((b) => ({
      ...described(b, b.dependsOn.length > 0 ? b.dependsOn : step.dependsOn),
      group: step.id,
    })),
  ]);
}

function described(step: StepPolicy & { id: string }, dependsOn: readonly string[]): DescribedStep {
  return {
    id: step.id,
    dependsOn: [...dependsOn],
    expectedMs: step.expectedMs,
    ...(step.waits ? { waits: true } : {}),
    ...(step.optional ? { optional: true } : {}),
  };
}

/**
 * The graph for the analysis of a definition. A fan-out is replaced by its branch: a step that depends on the fan-out depends on the last
 * steps of the branch that are not optional.
 */
export function analysedGraph(described: readonly DescribedStep[]): { id: string; dependsOn: string[] }[] {
  const groups = new Set(described.flatMap((s) => s.group ?? []));
  const throughBranch = (id: string): string[] => {
    if (!groups.has(id)) return [id];
    const branch = described.filter((s) => s.group === id && !s.optional);
    if (branch.length === 0) return described.find((s) => s.id === id)!.dependsOn.flatMap(throughBranch);
    return branch.filter((s) => !branch.some((b) => b.dependsOn.includes(s.id))).map((s) => s.id);
  };
  return described
    .filter((s) => !groups.has(s.id))
    .map((s) => ({ id: s.id, dependsOn: s.dependsOn.flatMap(throughBranch) }));
}
