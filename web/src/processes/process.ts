/** A definition, as GET /v1/processes shows it. */
export interface Process {
  name: string;
  version: number;
  steps: Step[];
  analysis: {
    order: string[];
    width: number;
    criticalPath: string[];
    totalWorkMs: number;
    makespanMs: number;
    speedUp: number;
  };
}

export interface Step {
  id: string;
  dependsOn: string[];
  group?: string;
  waits?: boolean;
  optional?: boolean;
  expectedMs: number;
}

interface Times {
  count: number;
  p50Ms: number;
  p95Ms: number;
  meanMs: number;
}

/** What the last orders took, as GET /v1/insights says it. */
export interface Insights {
  orders: number;
  relativeError: number;
  totalWork: Times;
  makespan: Times;
  speedUp: number;
  waitingShare: number;
  steps: ({ id: string; attempts: number; criticalShare: number } & Times)[];
}

/** What one version has that the other has not. */
export interface Difference {
  step: string;
  kind: 'added' | 'removed' | 'after' | 'waits' | 'optional' | 'expected';
  before?: string;
  now?: string;
}

export function differences(before: Process, now: Process): Difference[] {
  const old = new Map(before.steps.map((step) => [step.id, step]));
  const fresh = new Set(now.steps.map(({ id }) => id));
  const removed = before.steps
    .filter(({ id }) => !fresh.has(id))
    .map(({ id }) => ({ step: id, kind: 'removed' as const }));
  const others = now.steps.flatMap((step): Difference[] => {
    const known = old.get(step.id);
    if (!known) return [{ step: step.id, kind: 'added' }];
    const found: Difference[] = [];
    const add = (kind: Difference['kind'], was: string, is: string) => {
      if (was !== is) found.push({ step: step.id, kind, before: was, now: is });
    };
    add('after', known.dependsOn.join(', ') || '–', step.dependsOn.join(', ') || '–');
    add('waits', String(known.waits ?? false), String(step.waits ?? false));
    add('optional', String(known.optional ?? false), String(step.optional ?? false));
    add('expected', String(known.expectedMs), String(step.expectedMs));
    return found;
  });
  return [...removed, ...others];
}
