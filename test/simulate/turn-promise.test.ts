import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TurnPromise, TurnStorage, drain, runAsync } from '../../tools/simulate/runtime/turn-promise.js';

/** What a program of promises does, one action after the other. Every promise that it makes can be used by the actions after it. */
type Action =
  | { kind: 'resolve' | 'reject' | 'all' | 'race' | 'finally' | 'wrap'; on: number; with: number }
  | { kind: 'then' | 'async' | 'catch'; on: number; with: number };

const actions = fc.array(
  fc.record({
    kind: fc.constantFrom('resolve', 'reject', 'then', 'catch', 'finally', 'all', 'race', 'wrap', 'async'),
    on: fc.nat(20),
    with: fc.nat(20),
  }),
  { minLength: 1, maxLength: 25 },
) as fc.Arbitrary<Action[]>;

type Run = (steps: () => Generator<unknown, unknown, unknown>) => unknown;

/** Runs a program, and notes the order in which everything settles. */
function perform(program: Action[], P: PromiseConstructor, run: Run, log: string[]): void {
  const made: Promise<unknown>[] = [P.resolve('start')];
  const at = (index: number) => made[index % made.length]!;
  program.forEach((action, n) => {
    const [one, other] = [at(action.on), at(action.with)];
    const next = (): Promise<unknown> => {
      switch (action.kind) {
        case 'resolve':
          return P.resolve(n);
        case 'reject':
          return P.reject(new Error(`${n}`));
        case 'then':
          return one.then(() => other);
        case 'catch':
          return one.catch(() => n);
        case 'finally':
          return one.finally(() => other);
        case 'all':
          return P.all([one, other, P.resolve(n)]);
        case 'race':
          return P.race([one, other]);
        case 'wrap':
          return new P((resolve) => resolve(one));
        case 'async':
          return run(function* () {
            yield one;
            yield n;
            return other;
          }) as Promise<unknown>;
      }
    };
    const promise = next();
    made.push(promise);
    promise.then(
      () => log.push(`${n} resolved`),
      () => log.push(`${n} rejected`),
    );
  });
}

const natively: Run = async (steps) => {
  const generator = steps();
  for (let result = generator.next(); ;) {
    if (result.done) return result.value;
    let value: unknown;
    try {
      value = await result.value;
    } catch (error) {
      result = generator.throw(error);
      continue;
    }
    result = generator.next(value);
  }
};

describe('the promises of the simulation', () => {
  it('settle in the same order as native ones', async () => {
    await fc.assert(
      fc.asyncProperty(actions, async (program) => {
        const [native, modelled]: [string[], string[]] = [[], []];
        perform(program, Promise, natively, native);
        await new Promise(setImmediate);
        perform(program, TurnPromise as unknown as PromiseConstructor, (steps) => runAsync(steps()), modelled);
        drain();
        expect(modelled).toEqual(native);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('run each reaction with the storage of the place where it was made', () => {
    const storage = new TurnStorage<string>();
    const seen: (string | undefined)[] = [];
    storage.run('outer', () => {
      void TurnPromise.resolve().then(() => seen.push(storage.getStore()));
      runAsync(
        (function* () {
          yield 1;
          seen.push(storage.getStore());
        })(),
      );
      storage.run('inner', () => TurnPromise.resolve().then(() => seen.push(storage.getStore())));
    });
    void TurnPromise.resolve().then(() => seen.push(storage.getStore()));
    drain();
    expect(seen).toEqual(['outer', 'outer', 'inner', undefined]);
  });
});
