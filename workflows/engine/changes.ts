interface Waiter {
  /** False while it goes on waiting. */
  settles: () => boolean;
  reject: (error: unknown) => void;
}

/** Waiting for a condition on a run's state. Re-evaluates every waiter after a state change. */
export class Changes {
  private readonly waiters = new Set<Waiter>();
  private bug?: { error: unknown };

  constructor(private readonly onChange: () => void) {}

  /** To be called after every change of the run's state. */
  notify(): void {
    for (const waiter of [...this.waiters]) {
      try {
        if (!waiter.settles()) continue;
      } catch (error) {
        // The condition is code of the waiting step: the error belongs there, not to the caller that changed the state.
        waiter.reject(error);
      }
      this.waiters.delete(waiter);
    }
    this.onChange();
  }

  /** A bug in a step does not fail the process. It fails the workflow task, which Temporal retries until the code is fixed. */
  reportBug(error: unknown): void {
    this.bug ??= { error };
  }

  /** @throws the reported bug, if there is one. */
  until(test: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settles = (): boolean => {
        if (this.bug) throw this.bug.error;
        if (!test()) return false;
        resolve();
        return true;
      };
      if (!settles()) this.waiters.add({ settles, reject });
    });
  }
}
