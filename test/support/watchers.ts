import { notSo } from './until.js';

/**
 * Waits that are asked again whenever something has changed.
 *
 * @example const watchers = new Watchers(() => requests); requests.push(request); watchers.changed();
 */
export class Watchers {
  readonly #watchers = new Set<() => void>();

  /** @param seen what a reader of a failure wants to see: what is there instead. */
  constructor(private readonly seen: () => unknown) {}

  changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** @throws {Error} with the test, and what is there instead, when it does not hold within the time. */
  async until<T>(
    test: () => T | undefined | false,
    withinMs: number,
    /** The test as a reader of the failure knows it. */
    shown: (...values: never[]) => unknown = test,
  ): Promise<T> {
    let watcher: (() => void) | undefined;
    let late: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        watcher = () => {
          const value = test();
          if (value !== undefined && value !== false) resolve(value);
        };
        this.#watchers.add(watcher);
        late = setTimeout(() => reject(new Error(notSo(shown, withinMs, this.seen()))), withinMs);
        watcher();
      });
    } finally {
      this.#watchers.delete(watcher!);
      clearTimeout(late);
    }
  }
}
