/**
 * Promises on a queue of their own. Simulated code runs on these instead of the native ones, so a whole life runs without the event loop: the
 * simulation says when the queue is worked off (see drain), and in which context each reaction runs.
 *
 * They settle in the same order as native promises: the steps follow the ECMAScript specification one by one, and a test compares both.
 */

type Reaction = {
  resolved: ((value: unknown) => unknown) | undefined;
  rejected: ((reason: unknown) => unknown) | undefined;
  target: TurnPromise<unknown> | undefined;
  context: Context | undefined;
};

/** The values of all AsyncLocalStorages at one moment, the newest first. */
interface Context {
  storage: object;
  value: unknown;
  outer: Context | undefined;
}

let context: Context | undefined;
let jobs: (() => void)[] = [];

const pending = 0;
const fulfilled = 1;
const rejected = 2;

export class TurnPromise<Value> {
  declare readonly answers?: Value;
  private state: 0 | 1 | 2 = pending;
  private value: unknown = undefined;
  private reactions: Reaction[] | undefined = undefined;

  constructor(execute?: (resolve: (value?: unknown) => void, reject: (reason?: unknown) => void) => void) {
    if (execute === undefined) return;
    const { resolve, reject } = settlersOf(this);
    try {
      execute(resolve, reject);
    } catch (error) {
      reject(error);
    }
  }

  then(
    resolved?: ((value: unknown) => unknown) | null,
    rejectedBy?: ((reason: unknown) => unknown) | null,
  ): TurnPromise<unknown> {
    const target = new TurnPromise<unknown>();
    this.react(resolved, rejectedBy, target);
    return target;
  }

  catch(rejectedBy?: ((reason: unknown) => unknown) | null): TurnPromise<unknown> {
    return this.then(undefined, rejectedBy);
  }

  finally(act?: (() => unknown) | null): TurnPromise<unknown> {
    if (typeof act !== 'function') return this.then(act, act);
    return this.then(
      (value) => TurnPromise.resolve(act()).then(() => value),
      (reason: unknown) =>
        TurnPromise.resolve(act()).then(() => {
          throw reason;
        }),
    );
  }

  /** Registers a reaction; a target is settled with its outcome. */
  react(
    resolved: ((value: unknown) => unknown) | null | undefined,
    rejectedBy: ((reason: unknown) => unknown) | null | undefined,
    target: TurnPromise<unknown> | undefined,
  ): void {
    const reaction: Reaction = {
      resolved: typeof resolved === 'function' ? resolved : undefined,
      rejected: typeof rejectedBy === 'function' ? rejectedBy : undefined,
      target,
      context,
    };
    if (this.state === pending) (this.reactions ??= []).push(reaction);
    else this.enqueue(reaction);
  }

  /** The specification's promise resolve function, to be called once. */
  resolveWith(value: unknown): void {
    if (value === this) {
      this.rejectWith(new TypeError('Chaining cycle detected for promise'));
      return;
    }
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
      this.settle(fulfilled, value);
      return;
    }
    let then: unknown;
    try {
      then = (value as { then?: unknown }).then;
    } catch (error) {
      this.rejectWith(error);
      return;
    }
    if (typeof then !== 'function') {
      this.settle(fulfilled, value);
      return;
    }
    const at = context;
    jobs.push(() => {
      const { resolve, reject } = settlersOf(this);
      const before = context;
      context = at;
      try {
        (then as (this: unknown, ...settlers: unknown[]) => unknown).call(value, resolve, reject);
      } catch (error) {
        reject(error);
      } finally {
        context = before;
      }
    });
  }

  rejectWith(reason: unknown): void {
    this.settle(rejected, reason);
  }

  /** What became of it; undefined while it is pending. */
  get outcome(): { value: unknown } | { reason: unknown } | undefined {
    if (this.state === pending) return undefined;
    return this.state === fulfilled ? { value: this.value } : { reason: this.value };
  }

  private settle(state: 1 | 2, value: unknown): void {
    if (this.state !== pending) return;
    this.state = state;
    this.value = value;
    const { reactions } = this;
    this.reactions = undefined;
    if (reactions) for (const reaction of reactions) this.enqueue(reaction);
  }

  private enqueue(reaction: Reaction): void {
    jobs.push(() => this.run(reaction));
  }

  private run({ resolved, rejected: rejectedBy, target, context: at }: Reaction): void {
    const handler = this.state === fulfilled ? resolved : rejectedBy;
    if (handler === undefined) {
      if (this.state === fulfilled) target?.resolveWith(this.value);
      else target?.rejectWith(this.value);
      return;
    }
    const before = context;
    context = at;
    try {
      const result = handler(this.value);
      target?.resolveWith(result);
    } catch (error) {
      target?.rejectWith(error);
    } finally {
      context = before;
    }
  }

  static resolve(value?: unknown): TurnPromise<unknown> {
    if (value instanceof TurnPromise) return value;
    const promise = new TurnPromise<unknown>();
    promise.resolveWith(value);
    return promise;
  }

  static reject(reason?: unknown): TurnPromise<never> {
    const promise = new TurnPromise<never>();
    promise.rejectWith(reason);
    return promise;
  }

  static all(values: Iterable<unknown>): TurnPromise<unknown> {
    return collect(values, (results, index, count, resolve, reject) => [
      (value) => {
        results[index] = value;
        if (count() === 0) resolve(results);
      },
      reject,
    ]);
  }

  static allSettled(values: Iterable<unknown>): TurnPromise<unknown> {
    return collect(values, (results, index, count, resolve) => [
      (value) => {
        results[index] = { status: 'fulfilled', value };
        if (count() === 0) resolve(results);
      },
      (reason) => {
        results[index] = { status: 'rejected', reason };
        if (count() === 0) resolve(results);
      },
    ]);
  }

  static race(values: Iterable<unknown>): TurnPromise<unknown> {
    return new TurnPromise((resolve, reject) => {
      for (const value of values) TurnPromise.resolve(value).then(resolve, reject);
    });
  }
}

type Settlers = [(value: unknown) => void, (reason: unknown) => void];

function collect(
  values: Iterable<unknown>,
  settlers: (
    results: unknown[],
    index: number,
    count: () => number,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ) => Settlers,
): TurnPromise<unknown> {
  return new TurnPromise((resolve, reject) => {
    const results: unknown[] = [];
    let left = 1;
    let index = 0;
    for (const value of values) {
      results.push(undefined);
      left += 1;
      TurnPromise.resolve(value).then(...settlers(results, index, () => (left -= 1), resolve, reject));
      index += 1;
    }
    left -= 1;
    if (left === 0) resolve(results);
  });
}

function settlersOf(promise: TurnPromise<unknown>) {
  let isDone = false;
  return {
    resolve: (value?: unknown): void => {
      if (isDone) return;
      isDone = true;
      promise.resolveWith(value);
    },
    reject: (reason?: unknown): void => {
      if (isDone) return;
      isDone = true;
      promise.rejectWith(reason);
    },
  };
}

/** Runs the generator that an async function was turned into: each `yield` is an `await`. */
export function runAsync(steps: Generator<unknown, unknown, unknown>): TurnPromise<unknown> {
  const promise = new TurnPromise<unknown>();
  const resume = (value: unknown): void => step(() => steps.next(value));
  const fail = (reason: unknown): void => step(() => steps.throw(reason));
  const step = (advance: () => IteratorResult<unknown, unknown>): void => {
    let result;
    try {
      result = advance();
    } catch (error) {
      promise.rejectWith(error);
      return;
    }
    if (result.done) promise.resolveWith(result.value);
    else TurnPromise.resolve(result.value).react(resume, fail, undefined);
  };
  resume(undefined);
  return promise;
}

/** Works off the queue, and what that adds to it. */
export function drain(): void {
  for (let at = 0; at < jobs.length; at += 1) {
    jobs[at]!();
    if (at === 4096) {
      jobs.splice(0, at + 1);
      at = -1;
    }
  }
  jobs.length = 0;
}

/** Forgets what is in the queue: after a life that ended in the middle of something. */
export function forgetJobs(): void {
  jobs = [];
  context = undefined;
}

/** Node's AsyncLocalStorage, as far as the SDK uses it. */
export class TurnStorage<Value> {
  run<Answer>(value: Value, act: (...args: unknown[]) => Answer, ...args: unknown[]): Answer {
    const before = context;
    context = { storage: this, value, outer: before };
    try {
      return act(...args);
    } finally {
      context = before;
    }
  }

  getStore(): Value | undefined {
    for (let at = context; at; at = at.outer) if (at.storage === this) return at.value as Value;
    return undefined;
  }

  disable(): void {}
}
