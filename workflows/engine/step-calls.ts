import type { Failure } from '../../contracts/failures.js';
import type { Changes } from './changes.js';
import type { Call } from './definition.js';
import { Cut } from './ports.js';
import type { CallOutcome, Ports } from './ports.js';
import type { OpenCall, Resolution, StepRun } from './step-run.js';

/** How the body of a step is left when the step is not to go on. */
export class Stopped extends Error {}
export class Skipped extends Error {}
export class GivenUp extends Error {}

export interface Attempted {
  outcome: CallOutcome;
  /** What the operator said of the call while it was tried. */
  resolution: Resolution | undefined;
  /** Idempotency key of the call's first round (see StepRun.rounds). */
  key: string;
}

/** The calls of the steps of one run, whether done or undone, and the operator's word on them. */
export class StepCalls {
  constructor(
    private readonly ports: Ports,
    /** First part of every idempotency key: the order's id. */
    private readonly runKey: string,
    private readonly changes: Changes,
  ) {}

  /** @param endless given for a call that is tried without end (see CallEvents), or until a message overtakes it. */
  async attempt(
    step: StepRun,
    call: Call<unknown>,
    endless?: { overdue: () => void; overtaken: () => boolean },
  ): Promise<Attempted> {
    const cut = new Cut();
    let settled = false;
    if (endless) {
      const overtaken = this.changes.until(() => settled || endless.overtaken());
      // A bug of the run is told to those who wait for the run itself.
      void overtaken.then(() => settled || cut.request()).catch(() => {});
    }
    const open: OpenCall = { activityId: activityIdFor(step, call) };
    step.calls.set(cut, open);
    const subject = call.subject === undefined ? '' : `:${call.subject}`;
    const key = `${this.runKey}:${step.id}:${call.operation}${subject}`;
    const round = step.rounds.get(key) ?? 0;
    const outcome = await this.ports.call(
      {
        service: call.service,
        operation: call.operation,
        input: { ...call.input, key: round === 0 ? key : `${key}#${round + 1}` },
        activityId: open.activityId,
        summary: `${this.#shown(step)}${step.state === 'undoing' ? ': undo' : ''}`,
        queued: step.definition.queued === true,
        endless: endless !== undefined,
      },
      cut,
      {
        slow: (failure) => {
          step.slowCalls.add(cut);
          if (failure) {
            step.attempts = 1;
            step.failure ??= failure;
          }
          this.changes.changed();
        },
        overdue: () => endless?.overdue(),
      },
    );
    settled = true;
    step.calls.delete(cut);
    step.slowCalls.delete(cut);
    step.attempts = outcome.attempts;
    // What another call of the step is in trouble with stays.
    if (outcome.kind === 'answer' && step.slowCalls.size === 0 && !step.parked) delete step.failure;
    return { outcome, resolution: open.resolution, key };
  }

  /** A step as people read it in a narrow column: `bookParcel east`, as the order's id stands above it anyway. */
  #shown({ id, definition, branch }: StepRun): string {
    return branch ? `${definition.id} ${branch.id.replace(`${this.runKey}-`, '')}` : id;
  }

  /** Until an operator says what is to become of the step; throws when it is not to go on. */
  async park(step: StepRun, halts: () => boolean, failure: Failure, { onlyAbandon = false } = {}): Promise<void> {
    if (halts()) throw new Stopped();
    const parking = (step.parking ??= {});
    if (onlyAbandon) parking.onlyAbandon = true;
    step.state = 'failed';
    step.failure = failure;
    this.changes.changed();
    await this.changes.until(() => parking.resolution !== undefined || halts());
    if (halts()) {
      if (step.parking === parking) unpark(step);
      throw new Stopped();
    }
    obey(parking.resolution!);
  }

  /** A refused call is another question when it is made again; what the step's other calls were answered stands. */
  askAnew(step: StepRun, key: string): void {
    step.rounds.set(key, (step.rounds.get(key) ?? 0) + 1);
  }
}

export function unpark(step: StepRun, resolution?: Resolution): void {
  if (resolution !== undefined) step.parking!.resolution = resolution;
  delete step.parking;
  if (step.state === 'failed') step.state = 'running';
  delete step.failure;
}

/** What the operator said of a step none of whose calls is in flight; a retry just goes on. */
export function obey(resolution: Resolution): void {
  if (resolution === 'skip') throw new Skipped();
  if (resolution === 'abandon') throw new GivenUp();
}

export function cutAll(step: StepRun): void {
  for (const call of step.calls.keys()) call.request();
}

/** Only attempts in flight are waited for: there is nothing left that an operator could say of them. */
export function giveUp(step: StepRun): void {
  cutAll(step);
  step.slowCalls.clear();
}

/** Step and operation; two calls at the same time must differ. */
function activityIdFor(step: StepRun, call: Call<unknown>): string {
  const plain = `${step.id}:${call.operation}`;
  const taken = new Set([...step.calls.values()].map((c) => c.activityId));
  let id = plain;
  for (let n = 2; taken.has(id); n += 1) id = `${plain}#${n}`;
  return id;
}
