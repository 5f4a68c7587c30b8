import { notSo } from './until.js';

/**
 * Waits for conditions and checks them again after each change.
 *
 * @example const watchers = new Watchers(() => requests); requests.push(request); watchers.changed();
 */
export class Watchers {
  readonly #watchers = new Set<() => void>();

  /** @param seen returns the current values, for the failure message. */
  constructor(private readonly seen: () => unknown) {}

  changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** @throws {Error} with the test and the current values, when the test does not pass in time. */
  async until<T>(
    test: () => T | undefined | false,
    withinMs: number,
    /** The test as the failure message shows it. */
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
