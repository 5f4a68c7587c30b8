interface Watcher {
  test: () => boolean;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Who waits for something of a run is asked again whenever something of it has changed. */
export class Changes {
  readonly #watchers = new Set<Watcher>();
  #bug?: { error: unknown };

  constructor(private readonly onChange: () => void) {}

  changed(): void {
    for (const watcher of [...this.#watchers]) {
      try {
        if (!watcher.test()) continue;
        watcher.resolve();
      } catch (error) {
        // What a body waits for is code of the body: the error is the body's, not of whoever brought the news.
        watcher.reject(error);
      }
      this.#watchers.delete(watcher);
    }
    this.onChange();
  }

  /** A bug in a body is not a failure of the process: it fails the workflow task, which is retried until the code is mended. */
  broken(error: unknown): void {
    this.#bug ??= { error };
  }

  /** @throws the bug, where there is one: nothing is waited for any more. */
  async until(test: () => boolean): Promise<void> {
    if (!test() && !this.#bug) {
      await new Promise<void>((resolve, reject) =>
        this.#watchers.add({ test: () => this.#bug !== undefined || test(), resolve, reject }),
      );
    }
    if (this.#bug) throw this.#bug.error;
  }
}
