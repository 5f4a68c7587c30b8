/**
 * Keeps the calls of a command from reaching their services before the history has the command.
 *
 * The history has the acceptance of a command once the workflow task completes, and a local activity keeps the task open: after a crash,
 * the run could begin again without the command, although calls were made for it. So the barrier is up until that task ends. Calls go out
 * as ordinary activities meanwhile, whose schedule is written together with the acceptance.
 */
export class CommandBarrier {
  private takenIn: number | undefined;
  private readonly calls = new Set<Promise<unknown>>();

  /** @param task answers the same number throughout a workflow task, and another one in each other task. */
  constructor(private readonly task: () => number) {}

  /** To be called right before a command acts. */
  raise(): void {
    this.takenIn = this.task();
  }

  /** The history may not have the last command yet. */
  get isUp(): boolean {
    return this.takenIn === this.task();
  }

  /** Some call is in flight that would have been a local activity, had the barrier been down. */
  get isAwaited(): boolean {
    return this.calls.size > 0;
  }

  /** Notes a call that goes out as an ordinary activity because the barrier is up. */
  delayed<Outcome>(call: Promise<Outcome>): Promise<Outcome> {
    this.calls.add(call);
    const end = () => void this.calls.delete(call);
    call.then(end, end);
    return call;
  }

  /** The calls that are in flight take too long. Nobody waits for them any more. */
  giveUp(): void {
    this.calls.clear();
  }
}
