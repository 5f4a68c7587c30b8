import type { FailureCode } from '../../contracts/failures.js';
import { GraphError, topologicalOrder } from './graph.js';
import type { Mailbox } from './mailbox.js';
import type { ContentOf, MessageOf, MessageType } from './message.js';

/**
 * How a process is written down. A step is a value that names the steps it comes after; its body sees the results of exactly those.
 * Nothing here runs: run-process.ts walks what this file describes.
 */

/** A call to one operation of a service, described but not made. */
export interface Call<Answer> {
  service: string;
  operation: string;
  input: object;
  /**
   * Tells calls of one step to one operation apart (a second payment attempt). It is part of the idempotency key, so it must be short: of an
   * id from outside a digest.
   */
  subject?: string;
  /** Type only: what the call answers. */
  readonly answer?: Answer;
}

type AnyActivity = (input: never) => Promise<unknown>;

/**
 * The operations of a service as functions that describe a call instead of making it.
 *
 * @example const inventory = service<InventoryActivities>('inventory'); inventory.release({ orderId })
 */
export function service<Activities extends Record<keyof Activities, AnyActivity>>(name: string) {
  type Input<K extends keyof Activities> = Omit<Parameters<Activities[K]>[0], 'key'>;
  type Calls = {
    [K in keyof Activities]: (input: Input<K>, subject?: string) => Call<Awaited<ReturnType<Activities[K]>>>;
  };
  return new Proxy({} as Calls, {
    get: (_target, operation: string) => (input: object, subject?: string) => ({
      service: name,
      operation,
      input,
      ...(subject === undefined ? {} : { subject }),
    }),
  });
}

/** A service rejected a call of a step's body. Catch it to go on; let it through to fail the process. */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Thrown by a step's body to fail the process: what was begun is undone. A deadline with a `late` code throws it too. */
export class FailProcess extends Error {
  override readonly name = 'FailProcess';
  constructor(
    readonly code: FailureCode,
    message: string,
  ) {
    super(message);
  }
}

/** Thrown by a step's body to end the process here: what was done stays done, and the remaining steps are skipped. */
export class EndProcess extends Error {
  override readonly name = 'EndProcess';
  constructor(
    readonly code: FailureCode,
    message: string,
  ) {
    super(message);
  }
}

/** A running timer. Made once in a step's body, it counts on across all waits that are given it. */
export interface Deadline {
  readonly passed: boolean;
}

/** A wait that ends with its answer, or ends the step: without a deadline, or with one that fails the process. */
export type UntilAnswered = { due?: undefined } | { due: Deadline; late: FailureCode };
/** A wait that answers undefined once its deadline has passed. */
export type UntilDue = { due: Deadline; late?: undefined };

/** Waits show the step as `waiting`. Without a `late` code a passed deadline is an answer: undefined. */
export interface Waits {
  /** Takes the oldest message of this type out of the mailbox, and answers its content. */
  wait<Type extends MessageType>(this: void, type: Type, options?: UntilAnswered): Promise<ContentOf<Type>>;
  wait<Type extends MessageType>(this: void, type: Type, options: UntilDue): Promise<ContentOf<Type> | undefined>;
  /** Takes the oldest message of any of these types, and answers it whole; its `type` tells which it is. */
  waitForAny<Type extends MessageType>(
    this: void,
    types: readonly Type[],
    options?: UntilAnswered,
  ): Promise<MessageOf<Type>>;
  waitForAny<Type extends MessageType>(
    this: void,
    types: readonly Type[],
    options: UntilDue,
  ): Promise<MessageOf<Type> | undefined>;
  /** Waits for a condition: calls `ready` now and after every change of the run, until it returns something. */
  waitUntil<Value>(this: void, ready: () => Value | undefined, options?: UntilAnswered): Promise<Value>;
  waitUntil<Value>(this: void, ready: () => Value | undefined, options: UntilDue): Promise<Value | undefined>;
  /** Starts a timer. `summary` is shown in Temporal's Web UI. */
  deadline: (ms: number, summary: string) => Deadline;
}

/** What a step's body works with. Every await inside a body is one of these functions: that is what makes it replayable. */
export interface StepContext<Facts, Results, Item> extends Waits {
  facts: Facts;
  results: Results;
  /** What the fan-out runs over; undefined outside a fan-out. */
  item: Item;
  /** Makes a call, with retries. Throws Rejection when the service rejects it. */
  call: <Answer>(call: Call<Answer>) => Promise<Answer>;
  mailbox: ReadMailbox;
  /** Why the process ended early; known to the steps that run after the end. */
  failure: { code: string; message: string } | undefined;
  /** Inside a fan-out: adds a branch for another item. Does nothing where there is a branch of this id. */
  addBranch: (id: string, item: Item) => void;
  now: () => number;
}

/** The mailbox as steps see it. Only the run itself delivers. */
export type ReadMailbox = Omit<Mailbox, 'put'>;

export type UndoContext<Facts, Item> = Pick<StepContext<Facts, unknown, Item>, 'facts' | 'item' | 'mailbox' | 'now'> & {
  /** Makes a call until it is answered. */
  call: <Answer>(call: Call<Answer>) => Promise<Answer>;
  /** The same, unless a message overtakes it: asked at each message, and true ends the call, which answers undefined then. */
  callUnless: <Answer>(overtaken: () => boolean, call: Call<Answer>) => Promise<Answer | undefined>;
  /**
   * Part of the process has passed a pivot and goes on: this step's part alone is undone. Where that turns out after the undo, it is run
   * again.
   */
  partly: boolean;
};

/** Of an operator who does not wait for a step any longer. */
export type Decision = 'skip' | 'abandon';

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

export interface DescribedStep {
  id: string;
  dependsOn: string[];
  group?: string;
  waits?: boolean;
  /** Nobody waits for it. */
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
 * The graph that the analysis of a definition goes through: a fan-out stands for its branch, so who depends on it depends on
 * the last steps of the branch that are waited for, and it is left out itself.
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
