import { GraphError, topologicalOrder } from './graph.js';
import type { Decision, StepContext, UndoContext } from './step-context.js';

/**
 * How a process is written down. A step is a value that names the steps it comes after; its body sees the results of exactly those.
 * Nothing here runs: run-process.ts walks what this file describes.
 */

type Decided<Result, Facts, Item> = (
  decision: Decision,
  context: Pick<StepContext<Facts, unknown, Item>, 'facts' | 'item' | 'now'>,
) => Result;

export interface StepPolicy {
  /** How long the step is expected to take, waiting for people included: the basis of the analysis, and of `overdue`. */
  expectedMs: number;
  /** A leaf that may fail: its spent retries are recorded and fail nothing. */
  optional?: boolean;
  /** An operator may skip it when it is stuck, or waits for somebody who may never come. */
  skippable?: boolean;
  /** Once done there is no way back: nothing before it is undone any more, automatically or in its own branch by anybody. */
  pivot?: boolean;
  /** Straight to Temporal's full machinery, without the local attempt: for calls known to be slow. */
  queued?: boolean;
  /** It waits for somebody outside. */
  waits?: boolean;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- results differ from step to step; ResultsOf gives them their types back
export type AnyStep = Step<string, any, any, any>;

type ResultsOf<After extends readonly AnyStep[]> = {
  [S in After[number] as S['id']]: S extends Step<string, infer Result, infer _F, infer _I> ? Result : never;
};

export interface Step<Id extends string, Result, Facts, Item> extends StepPolicy {
  id: Id;
  dependsOn: readonly string[];
  when?: (facts: Facts, results: never, item: Item) => boolean;
  run: (context: StepContext<Facts, never, Item>) => Promise<Result>;
  /**
   * Takes back what `run` did, also when `run` never answered. Registered before `run` starts; safe when nothing was done.
   * Answers `gone` when it is too late: then the step's branch is past its pivot.
   */
  undo?: (context: UndoContext<Facts, Item>) => Promise<void | 'gone'>;
  /**
   * What is so once an operator has skipped the step, or abandoned it past its pivot: it stands for the rest of the body, and may throw
   * EndProcess. The step is done then. Without it the step ends as skipped, or failed.
   */
  decided?: Decided<Result, Facts, Item>;
  fanOut?: {
    over: (facts: Facts, results: never) => { id: string; item: unknown }[];
    branch: readonly AnyStep[];
  };
}

interface StepOptions<After extends readonly AnyStep[], Result, Facts, Item> extends StepPolicy {
  after?: After;
  /** False: the step is skipped, and its result is undefined. */
  when?: (facts: Facts, results: ResultsOf<After>, item: Item) => boolean;
  run: (context: StepContext<Facts, ResultsOf<After>, Item>) => Promise<Result>;
  undo?: Step<string, Result, Facts, Item>['undo'];
  decided?: Decided<Result, Facts, Item>;
}

interface FanOutOptions<After extends readonly AnyStep[], Facts, Item> {
  after?: After;
  /** The branches: an id (it becomes part of the step ids) and the item each works on. */
  over: (facts: Facts, results: ResultsOf<After>) => { id: string; item: Item }[];
  branch: readonly AnyStep[];
}

/**
 * The words a process is written with, bound to its facts (what the run knows) and, inside a fan-out, to the branch's item.
 *
 * @example const { step } = steps<Order>(); const pay = step('pay', { after: [place], expectedMs: 50, run: ... });
 */
export function steps<Facts, Item = undefined>() {
  return {
    step<const Id extends string, Result, const After extends readonly AnyStep[] = []>(
      this: void,
      id: Id,
      { after, ...options }: StepOptions<After, Result, Facts, Item>,
    ): Step<Id, Result, Facts, Item> {
      return { id, dependsOn: (after ?? []).map((s) => s.id), ...options } as Step<Id, Result, Facts, Item>;
    },
    fanOut<const Id extends string, BranchItem, const After extends readonly AnyStep[] = []>(
      this: void,
      id: Id,
      { after, over, branch }: FanOutOptions<After, Facts, BranchItem>,
    ): Step<Id, void, Facts, Item> {
      topologicalOrder(branch);
      const inner = branch.find((s) => s.fanOut);
      if (inner) {
        throw new GraphError(`Fan-out "${id}" has the fan-out "${inner.id}" in its branch: one level is all there is.`);
      }
      return {
        id,
        dependsOn: (after ?? []).map((s) => s.id),
        expectedMs: 0,
        run: () => Promise.resolve(),
        fanOut: { over, branch },
      };
    },
  };
}

export interface Process<Facts> {
  name: string;
  version: number;
  steps: readonly Step<string, unknown, Facts, undefined>[];
  /** Optional steps that run once the process has ended early, after everything is undone. */
  afterEnd: readonly Step<string, unknown, Facts, undefined>[];
}

/**
 * A process of these steps.
 *
 * @throws GraphError for a duplicate id, an unknown dependency (the steps of a fan-out's branch are known inside it alone), a cycle, a step
 *   after the end that is not optional, or a pivot with an undo or without a word on what a skip makes of it; when the definition is loaded.
 */
export function defineProcess<Facts>(
  name: string,
  version: number,
  definition: readonly AnyStep[],
  options: { afterEnd?: readonly AnyStep[] } = {},
): Process<Facts> {
  const afterEnd = options.afterEnd ?? [];
  topologicalOrder([...definition, ...definition.flatMap((s) => branchNodes(s)), ...afterEnd]);
  topologicalOrder(definition);
  topologicalOrder([...definition, ...afterEnd]);
  const needed = afterEnd.find((s) => s.optional !== true);
  if (needed) {
    throw new GraphError(`Step "${needed.id}" runs after the end, so it must be optional: nothing is left to fail.`);
  }
  const bothWays = definition.flatMap((s) => [s, ...(s.fanOut?.branch ?? [])]).find((s) => s.pivot && s.undo);
  if (bothWays) {
    throw new GraphError(
      `Step "${bothWays.id}" is a pivot and has an undo. There is no way back from a pivot: give the undo to a step before it.`,
    );
  }
  const undecided = definition
    .flatMap((s) => [s, ...(s.fanOut?.branch ?? [])])
    .find((s) => s.pivot && s.skippable && !s.decided);
  if (undecided) {
    throw new GraphError(
      `Step "${undecided.id}" is a pivot that may be skipped. It counts as passed then: say with "decided" what is so.`,
    );
  }
  return {
    name,
    version,
    steps: definition as Process<Facts>['steps'],
    afterEnd: afterEnd as Process<Facts>['afterEnd'],
  };
}

/** The steps of a fan-out as they stand in the whole graph: the first ones depend on what the fan-out depends on. */
function branchNodes(step: AnyStep): { id: string; dependsOn: readonly string[] }[] {
  return (step.fanOut?.branch ?? []).map((b) => ({
    id: b.id,
    dependsOn: b.dependsOn.length > 0 ? b.dependsOn : step.dependsOn,
  }));
}
