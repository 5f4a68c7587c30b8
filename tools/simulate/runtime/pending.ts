import { ActivityTask } from './calls.js';
import { durationMs } from './duration.js';
import type { Job, RawCommand, RawPart, RunIdentity } from './run-code.js';
import type { ModelledServer } from './server.js';
import type { Appointment } from './timeline.js';

/** The timers and ordinary activities that a run waits for. */
export class Pending {
  readonly #activities = new Map<number, ActivityTask>();
  readonly #timers = new Map<number, Appointment>();

  /** @param tell gives news to the run, with the number of events that it is in the history. */
  constructor(
    private readonly identity: RunIdentity,
    private readonly server: ModelledServer,
    private readonly tell: (news: { job: Job; events: number }) => void,
  ) {}

  get counts(): { calls: number; timers: number } {
    return { calls: this.#activities.size, timers: this.#timers.size };
  }

  /** Does what a command says, of a task with these commands. @returns whether it is about a timer or an activity. */
  apply(command: RawCommand, all: readonly RawCommand[]): boolean {
    const { startTimer, cancelTimer, scheduleActivity, requestCancelActivity } = command;
    if (startTimer) this.#startTimer(startTimer.seq!, durationMs(startTimer.startToFireTimeout));
    else if (cancelTimer) this.#stopTimer(cancelTimer.seq!);
    else if (scheduleActivity) {
      const isCut = all.some((other) => other.requestCancelActivity?.seq === scheduleActivity.seq);
      if (!isCut) this.#startActivity(scheduleActivity);
    } else if (requestCancelActivity) this.#activities.get(requestCancelActivity.seq!)?.cancel();
    else return false;
    return true;
  }

  /** The run has closed. */
  drop(): void {
    for (const seq of [...this.#timers.keys()]) this.#stopTimer(seq);
    for (const activity of this.#activities.values()) activity.drop();
    this.#activities.clear();
  }

  #startTimer(seq: number, ms: number): void {
    const fire = () => {
      this.#timers.delete(seq);
      this.tell({ job: { variant: 'fireTimer', fireTimer: { seq } }, events: 1 });
    };
    this.#timers.set(seq, this.server.timeline.in(ms, fire));
  }

  #stopTimer(seq: number): void {
    const timer = this.#timers.get(seq);
    if (timer) timer.act = undefined;
    this.#timers.delete(seq);
  }

  #startActivity(command: RawPart): void {
    const task = new ActivityTask(command, this.identity, this.server);
    this.#activities.set(task.seq, task);
    task.start((job) => {
      this.#activities.delete(task.seq);
      // Its start and its end.
      this.tell({ job, events: 2 });
    });
  }
}
