import { defined } from '../../contracts/defined.js';
import { GraphError, topologicalOrder } from './graph.js';
import type { MessageType } from './message.js';
import type { Decision, StepContext, UndoContext } from './step-context.js';

/**
 * How a process is defined. A step is a value that names the steps it comes after, and its body sees the results of exactly those steps.
 * Nothing here runs: walk.ts runs what this file describes.
 */

type Decided<Result, Facts, Item> = (
  decision: Decision,
  context: Pick<StepContext<Facts, unknown, Item>, 'facts' | 'item' | 'now'>,
) => Result;

type Assumed<Result, Facts, Item> = (context: Pick<StepContext<Facts, unknown, Item>, 'facts' | 'item'>) => Result;

type GiveUp<Result, Facts, Item> = (
  context: Pick<UndoContext<Facts, Item>, 'facts' | 'item' | 'call'> &
    Pick<StepContext<Facts, unknown, Item>, 'addBranch' | 'makes'>,
) => Promise<Result | void>;

/**
 * The settings of a step. The status of the process and the commands that it takes follow from them: see standing.ts.
 */
export interface StepPolicy {
  /** How long the step is expected to take, including waits for people. Used by the analysis, and for `overdue`. */
  expectedMs: number;
  /** Nothing depends on the step, and its failure is recorded but fails nothing. */
  optional?: boolean;
  /** An operator may skip the step when it is stuck, or waits for something that may never come. */
  skippable?: boolean;
  /** Once the step is done there is no way back: neither the step nor anything before it is undone any more. */
  pivot?: boolean;
  /** Calls are ordinary activities from the start, without a local attempt: for calls that are known to be slow. */
  queued?: boolean;
  /** It waits for someone or something outside. */
  waits?: boolean;
  /** Messages that are taken while the step waits. */
  takes?: readonly MessageType[];
  /** Commands that are taken until the step begins. */
  takesBefore?: readonly MessageType[];
  /** Commands that are taken once the step is done. */
  takesAfter?: readonly MessageType[];
}

/** The status that a step gives to the process, and until when it is in time. Of several steps that show one, the first in the definition does. */
interface StatusPolicy<Facts, Status extends string> {
  /** Shown while the step waits. */
  while?: Status;
  /** Where this is true, the status is also shown while the step makes its calls. */
  whileBusy?: (facts: Facts) => boolean;
  /** Where it answers, so long is expected instead: the step then waits for somebody who has so much time. Used for `overdue` alone. */
  expectedFor?: (facts: Facts) => number | undefined;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- results differ from step to step; ResultsOf gives them their types back
export type AnyStep = Step<string, any, any, any, any>;

type ResultsOf<After extends readonly AnyStep[]> = {
  [S in After[number] as S['id']]: S extends Step<string, infer Result, infer _F, infer _I, infer _S> ? Result : never;
};

export interface Step<Id extends string, Result, Facts, Item, Status extends string>
  extends StepPolicy, StatusPolicy<Facts, Status> {
  id: Id;
  dependsOn: readonly string[];
  when?: (facts: Facts, results: never, item: Item) => boolean;
  run: (context: StepContext<Facts, never, Item>) => Promise<Result>;
  /**
   * Undoes what `run` did, also if `run` never answered: it is registered before `run` starts. It succeeds if there is nothing to undo.
   * Answers `gone` when it is too late; then the step's branch is past its pivot.
   */
  undo?: (context: UndoContext<Facts, Item>) => Promise<void | 'gone'>;
  /**
   * Called when an operator skips the step, or abandons it past its pivot. It replaces the rest of the body, so the step is done then; it may
   * throw EndProcess. Without it the step ends as skipped, or failed.
   */
  decided?: Decided<Result, Facts, Item>;
  assumed?: Assumed<Result, Facts, Item>;
  giveUp?: GiveUp<Result, Facts, Item>;
  fanOut?: {
    over: (facts: Facts, results: never) => { id: string; item: unknown }[];
    find?: (context: Pick<UndoContext<Facts, undefined>, 'facts' | 'call'>) => Promise<{ id: string; item: unknown }[]>;
    branch: readonly AnyStep[];
  };
}

interface StepOptions<After extends readonly AnyStep[], Result, Facts, Item, Status extends string>
  extends StepPolicy, StatusPolicy<Facts, Status> {
  after?: After;
  /** If this is false, the step is skipped and its result is undefined. */
  when?: (facts: Facts, results: ResultsOf<After>, item: Item) => boolean;
  run: (context: StepContext<Facts, ResultsOf<After>, Item>) => Promise<Result>;
  undo?: Step<string, Result, Facts, Item, Status>['undo'];
  decided?: Decided<Result, Facts, Item>;
  /**
   * Called when an operator abandons the step although something after it has left: a lost workflow task did the step, and its answer is not
   * to be had again. It takes the answer from what the run knows, and the step is done.
   */
  assumed?: Assumed<Result, Facts, Item>;
  /**
   * Called when an operator abandons the step past its pivot, where nothing is undone. It takes back what a call that was not answered may have
   * done. As an undo, it is retried without end, and rejects a call that comes late. Where that comes too late, it answers the result of the
   * step, and the step is done.
   */
  giveUp?: GiveUp<Result, Facts, Item>;
}

interface FanOutOptions<After extends readonly AnyStep[], Facts, Item> {
  after?: After;
  /** The branches: each has an id, which becomes part of the step ids, and the item that it works on. */
  over: (facts: Facts, results: ResultsOf<After>) => { id: string; item: Item }[];
  /**
   * Asks which branches there may be, where the run does not know whether the fan-out has begun (see Walk.mayGoOn). Without it `over` tells,
   * from what the run knows.
   */
  find?: (context: Pick<UndoContext<Facts, undefined>, 'facts' | 'call'>) => Promise<{ id: string; item: Item }[]>;
  branch: readonly AnyStep[];
}

/**
 * Returns the functions that define steps. Their type parameters are the facts of the process (what a run knows), the item of a branch for
 * steps inside a fan-out, and the statuses that the process can show.
 *
 * @example const { step } = steps<Order>(); const pay = step('pay', { after: [place], expectedMs: 50, run: ... });
 */
export function steps<Facts, Item = undefined, Status extends string = never>() {
  return {
    step<const Id extends string, Result, const After extends readonly AnyStep[] = []>(
      this: void,
      id: Id,
      { after, ...options }: StepOptions<After, Result, Facts, Item, Status>,
    ): Step<Id, Result, Facts, Item, Status> {
      return { id, dependsOn: (after ?? []).map((s) => s.id), ...options } as Step<Id, Result, Facts, Item, Status>;
    },
    fanOut<const Id extends string, BranchItem, const After extends readonly AnyStep[] = []>(
      this: void,
      id: Id,
      { after, over, find, branch }: FanOutOptions<After, Facts, BranchItem>,
    ): Step<Id, void, Facts, Item, Status> {
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
        fanOut: { over, branch, ...defined({ find }) },
      };
    },
  };
}

export interface Process<Facts, Status extends string = string> {
  name: string;
  version: number;
  steps: readonly Step<string, unknown, Facts, undefined, Status>[];
  /** Optional steps that run once the process has ended early, after everything is undone. */
  afterEnd: readonly Step<string, unknown, Facts, undefined, Status>[];
}

/**
 * A process of these steps.
 *
 * @throws GraphError when the definition is loaded: for a duplicate id, a cycle, an unknown dependency (the steps of a branch are known
 *   inside it alone), and for policies that contradict each other.
 */
export function defineProcess<Facts, Status extends string = string>(
  name: string,
  version: number,
  steps: readonly Step<string, unknown, Facts, undefined, Status>[],
  options: { afterEnd?: readonly Step<string, unknown, Facts, undefined, Status>[] } = {},
): Process<Facts, Status> {
  const process = { name, version, steps, afterEnd: options.afterEnd ?? [] };
  const definition = steps as readonly AnyStep[];
  topologicalOrder([...definition, ...definition.flatMap((s) => branchNodes(s)), ...process.afterEnd]);
  topologicalOrder(definition);
  topologicalOrder([...definition, ...process.afterEnd]);
  const needed = process.afterEnd.find((s) => s.optional !== true);
  if (needed) {
    throw new GraphError(`Step "${needed.id}" runs after the end, so it must be optional: nothing is left to fail.`);
  }
  for (const step of stepsOf([process])) {
    if (step.pivot && step.undo) {
      throw new GraphError(
        `Step "${step.id}" is a pivot and has an undo. There is no way back from a pivot: give the undo to a step before it.`,
      );
    }
    if (step.pivot && step.skippable && !step.decided) {
      throw new GraphError(
        `Step "${step.id}" is a pivot that may be skipped. It counts as passed then: say with "decided" what is so.`,
      );
    }
  }
  return process;
}

/** Every step of these processes that can run before their end, the steps of branches included. */
export function stepsOf<Facts>(processes: readonly Pick<Process<Facts>, 'steps'>[]): readonly AnyStep[] {
  const steps = processes.flatMap((process) => process.steps as readonly AnyStep[]);
  return steps.flatMap((step) => [step, ...(step.fanOut?.branch ?? [])]);
}

/** Whether a step takes messages of this type while it waits. */
export function isTakenBy(step: AnyStep, type: MessageType): boolean {
  return step.takes?.some((each) => each.name === type.name) === true;
}

/** The steps of a fan-out as nodes of the whole graph: the first ones depend on what the fan-out depends on. */
function branchNodes(step: AnyStep): { id: string; dependsOn: readonly string[] }[] {
  return (step.fanOut?.branch ?? []).map((b) => ({
    id: b.id,
    dependsOn: b.dependsOn.length > 0 ? b.dependsOn : step.dependsOn,
  }));
}
