import type { Failure } from '../../contracts/failures.js';
import type { StepState } from '../../contracts/statuses.js';
import type { AnyStep } from './definition.js';
import { OpenCalls } from './open-calls.js';
import type { OpenCall } from './open-calls.js';
import type { Decision, Resolution } from './step-context.js';

/** A step that waits for an operator, until the resolution is there or something else ends it. */
export interface Parking {
  resolution?: Resolution;
  /** Another run has undone what the step needs: retrying cannot help. */
  onlyAbandon?: true;
  /** Its call has no answer: nobody knows whether it took effect. */
  isUnanswered?: true;
  /** See OpenCall.isUnsure. */
  isUnsure?: true;
}

/** The fields that change while the step runs. */
interface Shown {
  state: StepState;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  attempts: number;
  failure: Failure | undefined;
  result: unknown;
  isBegun: boolean;
  isCutOff: boolean;
  mustStay: boolean;
  isIgnored: boolean;
  isUndone: boolean;
  isUndoneForItsBranch: boolean;
  parking: Parking | undefined;
  decision: Decision | undefined;
}

/**
 * One step of one run, and everything that is known of it. Its fields change through its methods alone, one for each thing that can happen
 * to a step. A fan-out has one of these for itself and one for each step of each branch.
 */
export class StepRun {
  readonly state: StepState = 'pending';
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  /** Of the latest call. */
  readonly attempts: number = 0;
  readonly failure: Failure | undefined;
  readonly result: unknown;
  /** `run` was started, or a lost workflow task may have started it. So the step has to be undone, whatever came of it. */
  readonly isBegun: boolean = false;
  /** The stop of the process ended its body. */
  readonly isCutOff: boolean = false;
  /** Something after it is past its pivot. */
  readonly mustStay: boolean = false;
  /** Failed, and the process goes on without it. */
  readonly isIgnored: boolean = false;
  readonly isUndone: boolean = false;
  /** The undo knew that other branches stay done (see UndoContext.onlyThisBranch). */
  readonly isUndoneForItsBranch: boolean = false;
  /** All calls of the step share it, and an operator's resolution goes for each of them. */
  readonly parking: Parking | undefined;
  /** What an operator decided while the step waited. */
  readonly decision: Decision | undefined;
  readonly calls: OpenCalls;
  #openWaits = 0;
  /** Calls of its undo that fail for longer than the retry budget. */
  readonly #overdueUndos = new Set<object>();
  #beforeUndo: Pick<Shown, 'state' | 'failure'> | undefined;
  /** See madeOnce. Empty after each change of the step. */
  #made: unknown;

  constructor(
    readonly id: string,
    readonly definition: AnyStep,
    readonly dependsOn: readonly string[],
    /** What a branch works on; undefined outside of branches. */
    readonly item: unknown = undefined,
    /** The fan-out it belongs to, and the branch of it. */
    readonly branch?: { group: string; id: string },
  ) {
    this.calls = new OpenCalls(id);
  }

  // --- questions ---

  get isOptional(): boolean {
    return this.definition.optional === true;
  }

  /** Steps that depend on it can start. */
  get isSettled(): boolean {
    const { state } = this;
    return state === 'done' || state === 'skipped' || state === 'undone' || (state === 'failed' && this.isIgnored);
  }

  /** Its body is running, waiting or parked. */
  get isActive(): boolean {
    return this.state === 'running' || this.state === 'waiting' || this.isParked;
  }

  /** Waits for an operator. */
  get isParked(): boolean {
    return this.parking !== undefined;
  }

  get canOnlyBeAbandoned(): boolean {
    return this.parking?.onlyAbandon === true;
  }

  get isUndoOverdue(): boolean {
    return this.#overdueUndos.size > 0;
  }

  /** An operator can do something about it. A call that was already resolved does not count: it is about to follow the resolution. */
  get isStuck(): boolean {
    return this.isParked || this.isUndoOverdue || this.calls.areInTrouble;
  }

  /** Waits for something that may never come, and an operator may skip it. */
  get isSkippableWait(): boolean {
    return this.state === 'waiting' && this.definition.skippable === true;
  }

  /** It has an undo, or a step of its branches has. */
  get canBeUndone(): boolean {
    const { undo, fanOut } = this.definition;
    return undo !== undefined || fanOut?.branch.some((step) => step.undo !== undefined) === true;
  }

  /**
   * A call failed and is not answered yet. If its workflow task is one that is made again, because the worker died, the call may have been
   * answered the first time. Then steps after this one have run, and the run does not know it.
   */
  get mayBeBehind(): boolean {
    return !this.isOptional && (this.calls.haveFailed || this.parking?.isUnanswered === true);
  }

  /** The same, and a workflow task may have been lost before the call failed. */
  get isUnsure(): boolean {
    return !this.isOptional && (this.calls.areUnsure || this.parking?.isUnsure === true);
  }

  /** Why an operator cannot resolve it like this now; undefined where they can. */
  refusesResolution(action: Resolution): 'only_abandon' | 'wrong_status' | 'not_skippable' | undefined {
    if (this.canOnlyBeAbandoned && action !== 'abandon') return 'only_abandon';
    if (action === 'skip' && this.definition.skippable !== true) return 'not_skippable';
    if (action !== 'retry' && this.state === 'undoing') return 'wrong_status';
    return this.isStuck || (action !== 'retry' && this.isSkippableWait) ? undefined : 'wrong_status';
  }

  /** What `make` makes of the step, made again only after the step has changed. A view shows most steps as the view before it. */
  madeOnce<Made extends object>(make: (step: this) => Made): Made {
    return (this.#made ??= make(this)) as Made;
  }

  // --- what happens to its body ---

  start(at: number): void {
    this.#set({ state: 'running', startedAt: at, isBegun: true });
  }

  /** A lost workflow task may have started it. */
  assumeBegun(): void {
    this.#set({ isBegun: true });
  }

  /** Its branches are known, and it has not begun. */
  searched(): void {
    this.#set({ state: 'pending' });
  }

  /** Something after it is past its pivot. If the stop has cut it off, it runs again, with the same keys. */
  stay(): void {
    this.#set({ mustStay: true });
    if (this.isCutOff) this.#set({ state: 'pending', startedAt: undefined, finishedAt: undefined, isCutOff: false });
  }

  cutOff(at: number): void {
    this.skip(at);
    this.#set({ isCutOff: true });
  }

  /** @param at when it ended, where it had begun */
  skip(at?: number): void {
    this.#set({ state: 'skipped', ...(at !== undefined && { finishedAt: at }) });
  }

  finish(result: unknown, at: number): void {
    this.#set({ state: 'done', result, finishedAt: at, failure: undefined, isCutOff: false });
  }

  fail(at: number, failure = this.failure): void {
    this.#set({ state: 'failed', finishedAt: at, failure });
  }

  /** It failed, and the process goes on without it. */
  ignore(): void {
    this.#set({ isIgnored: true });
  }

  /** Shows what goes wrong while the step is still busy. */
  report(failure: Failure): void {
    this.#set({ failure });
  }

  beginWait(): void {
    this.#openWaits += 1;
    if (!this.isParked) this.#set({ state: 'waiting' });
  }

  endWait(): void {
    this.#openWaits -= 1;
    if (this.#openWaits === 0 && this.state === 'waiting') this.#set({ state: 'running' });
  }

  /** Gives the step to an operator. An undo shows as `undoing` still. */
  park(failure: Failure, why: Omit<Parking, 'resolution'> = {}): Parking {
    const parking = Object.assign(this.parking ?? {}, why);
    this.#set({ parking, failure, ...(this.state !== 'undoing' && { state: 'failed' as const }) });
    return parking;
  }

  /** Does nothing where the step has been unparked since. */
  unpark(parking = this.parking): void {
    if (!parking || this.parking !== parking) return;
    this.#set({
      parking: undefined,
      failure: undefined,
      ...(this.state === 'failed' && { state: 'running' as const }),
    });
  }

  /** An operator's decision. Calls between two attempts end at once, an attempt in flight is waited for. */
  resolve(action: Resolution): void {
    this.calls.resolve(action);
    if (action !== 'retry' && this.state === 'waiting') this.#set({ decision: action });
    if (this.parking) this.parking.resolution = action;
    this.unpark();
    this.#overdueUndos.clear();
    this.calls.cut();
  }

  /** The step is not to go on: there is nothing left for an operator to decide. */
  stop(): void {
    this.unpark();
    this.calls.drop();
  }

  // --- what happens to its calls ---

  /** @param failure of the local attempt; undefined where there was none. */
  slowCall(call: OpenCall, failure: Failure | undefined): void {
    call.isSlow = true;
    call.hasFailed = failure !== undefined;
    if (failure) this.#set({ attempts: 1, failure: this.failure ?? failure });
  }

  endCall(call: OpenCall, attempts: number, isAnswered: boolean): void {
    this.calls.end(call);
    this.#set({ attempts });
    // The failure of another call of the step stays.
    if (isAnswered && !this.isParked && !this.calls.areSlow) this.#set({ failure: undefined });
  }

  // --- what happens to its undo ---

  beginUndo(): void {
    const { state, failure } = this;
    this.#beforeUndo = state === 'failed' ? { state, failure } : { state: 'undone', failure: undefined };
    this.#set({ state: 'undoing', failure: undefined });
  }

  endUndo(isForItsBranch: boolean): void {
    this.#set({ ...this.#beforeUndo, isUndone: true, isUndoneForItsBranch: isForItsBranch });
  }

  /** It was too late to undo the step: it stays done. */
  keep(): void {
    this.#set({ state: 'done', failure: undefined, isCutOff: false });
  }

  /** An undo that came too late is how the run learns that a pivot was passed. */
  pass(at: number): void {
    if (this.state === 'done') return;
    this.#set({ startedAt: this.startedAt ?? at });
    this.finish(this.result, at);
  }

  undoOverdue(call: object): void {
    this.#overdueUndos.add(call);
  }

  undoCallEnded(call: object): void {
    this.#overdueUndos.delete(call);
  }

  #set(change: Partial<Shown>): void {
    Object.assign(this, change);
    this.#made = undefined;
  }
}
