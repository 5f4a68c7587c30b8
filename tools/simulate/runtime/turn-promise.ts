/**
 * Promises on a queue of their own. Simulated code runs on these instead of the native ones, so a whole life runs without the event loop: the
 * simulation says when the queue is worked off (see drain), and in which context each reaction runs.
 *
 * They settle in the same order as native promises: the steps follow the ECMAScript specification one by one, and a test compares both.
 */

type Handler = (value: unknown) => unknown;

/** What follows when a promise settles: a handler is called, or an async function goes on. It is in the queue once. */
class Reaction {
  /** The promise that has settled. */
  source: TurnPromise<unknown> | undefined = undefined;

  constructor(
    readonly resolved: Handler | undefined,
    readonly rejected: Handler | undefined,
    /** Settles with what the handler or the async function gives. */
    readonly target: TurnPromise<unknown> | undefined,
    /** The async function that waits. */
    readonly steps: Steps | undefined,
    readonly context: Context | undefined,
  ) {}
}

/** A promise takes over the state of another one: a turn of the queue later, as the specification wants it. */
class Adoption {
  constructor(
    readonly target: TurnPromise<unknown>,
    readonly from: object,
    readonly then: (...settlers: unknown[]) => unknown,
    readonly context: Context | undefined,
  ) {}
}

type Steps = Generator<unknown, unknown, unknown>;

/** The values of all AsyncLocalStorages at one moment, the newest first. */
interface Context {
  storage: object;
  value: unknown;
  outer: Context | undefined;
}

let context: Context | undefined;
let jobs: (Reaction | Adoption)[] = [];

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
    resolved: Handler | null | undefined,
    rejectedBy: Handler | null | undefined,
    target: TurnPromise<unknown> | undefined,
  ): void {
    const onResolved = typeof resolved === 'function' ? resolved : undefined;
    const onRejected = typeof rejectedBy === 'function' ? rejectedBy : undefined;
    this.add(new Reaction(onResolved, onRejected, target, undefined, context));
  }

  /** Has an async function go on when this settles. */
  resume(steps: Steps, promise: TurnPromise<unknown>): void {
    this.add(new Reaction(undefined, undefined, promise, steps, context));
  }

  private add(reaction: Reaction): void {
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
    jobs.push(new Adoption(this, value, then as Adoption['then'], context));
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
    reaction.source = this;
    jobs.push(reaction);
  }

  /** Does what follows from having settled. */
  run({ resolved, rejected: rejectedBy, target, steps, context: at }: Reaction): void {
    const before = context;
    if (steps) {
      context = at;
      advance(steps, this.state === rejected, this.value, target!);
      context = before;
      return;
    }
    const handler = this.state === fulfilled ? resolved : rejectedBy;
    if (handler === undefined) {
      if (this.state === fulfilled) target?.resolveWith(this.value);
      else target?.rejectWith(this.value);
      return;
    }
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
export function runAsync(steps: Steps): TurnPromise<unknown> {
  const promise = new TurnPromise<unknown>();
  advance(steps, false, undefined, promise);
  return promise;
}

/** Goes on to the next `yield`, with the outcome of what was awaited. */
function advance(steps: Steps, hasFailed: boolean, outcome: unknown, promise: TurnPromise<unknown>): void {
  let result;
  try {
    result = hasFailed ? steps.throw(outcome) : steps.next(outcome);
  } catch (error) {
    promise.rejectWith(error);
    return;
  }
  if (result.done) promise.resolveWith(result.value);
  else TurnPromise.resolve(result.value).resume(steps, promise);
}

function adopt({ target, from, then, context: at }: Adoption): void {
  const before = context;
  context = at;
  if (from instanceof TurnPromise && then === ownThen) from.react(undefined, undefined, target);
  else {
    const { resolve, reject } = settlersOf(target);
    try {
      then.call(from, resolve, reject);
    } catch (error) {
      reject(error);
    }
  }
  context = before;
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- it is compared, not called
const ownThen: unknown = TurnPromise.prototype.then;

/** Works off the queue, and what that adds to it. */
export function drain(): void {
  for (let at = 0; at < jobs.length; at += 1) {
    const job = jobs[at]!;
    if (job instanceof Reaction) job.source!.run(job);
    else adopt(job);
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
