import { Cut } from './ports.js';
import type { Resolution } from './step-context.js';

/** A call in flight. */
export interface OpenCall {
  readonly activityId: string;
  readonly cut: Cut;
  /** The local attempt failed, or was skipped; the call now runs as an ordinary activity, with retries. */
  isSlow: boolean;
  /** The local attempt failed. */
  hasFailed: boolean;
  /** It failed in a workflow task that may have been made again: calls that come after it may have been made before. */
  isUnsure: boolean;
  /** An operator's decision, made while the call was in flight. */
  resolution: Resolution | undefined;
}

/** The calls of one step that are in flight, and the keys of those that were made again. */
export class OpenCalls {
  private readonly calls = new Set<OpenCall>();
  /** How often an operator had a rejected call made again, by the key of its first round. */
  private readonly rounds = new Map<string, number>();

  constructor(private readonly stepId: string) {}

  get size(): number {
    return this.calls.size;
  }

  get areSlow(): boolean {
    return [...this.calls].some((call) => call.isSlow);
  }

  /** The local attempt of some call failed, and no other attempt has been answered yet. */
  get haveFailed(): boolean {
    return [...this.calls].some((call) => call.hasFailed);
  }

  get areUnsure(): boolean {
    return [...this.calls].some((call) => call.isUnsure);
  }

  /** Some call is in its retries, and no operator has decided about it yet. */
  get areInTrouble(): boolean {
    return [...this.calls].some((call) => call.isSlow && call.resolution === undefined);
  }

  begin(operation: string): OpenCall {
    // Activity ids of calls at the same time must differ.
    const plain = `${this.stepId}:${operation}`;
    const taken = new Set([...this.calls].map((call) => call.activityId));
    let activityId = plain;
    for (let n = 2; taken.has(activityId); n += 1) activityId = `${plain}#${n}`;
    const call = {
      activityId,
      cut: new Cut(),
      isSlow: false,
      hasFailed: false,
      isUnsure: false,
      resolution: undefined,
    };
    this.calls.add(call);
    return call;
  }

  end(call: OpenCall): void {
    this.calls.delete(call);
  }

  resolve(action: Resolution): void {
    for (const call of this.calls) call.resolution = action;
  }

  /** Calls between two attempts end at once. An attempt in flight is waited for, and no other follows. */
  cut(): void {
    for (const call of this.calls) call.cut.request();
  }

  /** The same for calls that nobody has to decide about any more. */
  drop(): void {
    this.cut();
    for (const call of this.calls) call.isSlow = false;
  }

  /** A rejected call that is made again is a new question to the service, so it needs a new key. */
  keyOf(firstKey: string): string {
    const round = this.rounds.get(firstKey) ?? 0;
    return round === 0 ? firstKey : `${firstKey}#${round + 1}`;
  }

  askAgain(firstKey: string): void {
    this.rounds.set(firstKey, (this.rounds.get(firstKey) ?? 0) + 1);
  }
}
