import type { Failure } from '../../contracts/failures.js';
import type { Call } from './call.js';
import type { Changes } from './changes.js';
import type { CallOutcome, Ports } from './ports.js';
import type { Resolution } from './step-context.js';
import type { StepRun } from './step-run.js';

export interface MadeCall {
  outcome: CallOutcome;
  /** An operator's decision, made while the call was in flight. */
  resolution: Resolution | undefined;
  /** Idempotency key of the call's first round (see OpenCalls.keyOf). */
  key: string;
  /** See OpenCall.isUnsure. */
  isUnsure: boolean;
}

/** Makes the calls of one run's steps, of their bodies and their undos. */
export class StepCalls {
  constructor(
    private readonly ports: Ports,
    /** First part of every idempotency key: the order's id. */
    private readonly runKey: string,
    private readonly changes: Changes,
  ) {}

  /** @param endless given for a call that is retried without end, or until `isOvertaken` (see CallEvents.overdue). */
  make(
    step: StepRun,
    call: Call<unknown>,
    endless?: { overdue: () => void; isOvertaken: () => boolean },
  ): Promise<MadeCall> {
    const open = step.calls.begin(call.operation);
    let isOver = false;
    if (endless) {
      const overtaken = this.changes.until(() => isOver || endless.isOvertaken());
      // A bug reaches everybody who waits for the run itself; it needs no second report here.
      void overtaken.then(() => isOver || open.cut.request()).catch(() => {});
    }
    const subject = call.subject === undefined ? '' : `:${call.subject}`;
    const key = `${this.runKey}:${step.id}:${call.operation}${subject}`;
    const request = {
      service: call.service,
      operation: call.operation,
      input: { ...call.input, key: step.calls.keyOf(key) },
      activityId: open.activityId,
      summary: `${this.shortName(step)}${step.state === 'undoing' ? ': undo' : ''}`,
      queued: step.definition.queued === true,
      endless: endless !== undefined,
    };
    const events = {
      slow: (failure: Failure | undefined) => {
        open.isUnsure = failure !== undefined && !this.ports.hasLostNothing();
        step.slowCall(open, failure);
        this.changes.notify();
      },
      overdue: () => endless?.overdue(),
    };
    return this.ports.call(request, open.cut, events).then((outcome) => {
      isOver = true;
      const hasJustFailed = !open.isSlow && outcome.kind !== 'answer';
      const isUnsure = open.isUnsure || (hasJustFailed && !this.ports.hasLostNothing());
      step.endCall(open, outcome.attempts, outcome.kind === 'answer');
      return { outcome, resolution: open.resolution, key, isUnsure };
    });
  }

  /** A step in a narrow column of the Web UI: `bookParcel east`. The order's id stands above it anyway. */
  private shortName({ id, definition, branch }: StepRun): string {
    return branch ? `${definition.id} ${branch.id.replace(`${this.runKey}-`, '')}` : id;
  }
}
