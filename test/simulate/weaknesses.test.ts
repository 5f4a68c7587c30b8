import { expect, it } from 'vitest';
import { shrink } from '../../tools/simulate/shrink.js';
import { Simulator } from '../../tools/simulate/simulate.js';
import type { CodeChange } from '../../tools/simulate/runtime/compile.js';

/** Faults that the product once had, put back into a copy of its code. */
const weaknesses: { name: string; invariant: string; edit: CodeChange }[] = [
  {
    name: 'the review renews a reservation that is not there yet',
    invariant: 'fails-for-a-reason',
    edit: {
      file: 'workflows/order/process.ts',
      from: 'after: [reserveStock, screenFraud],',
      to: 'after: [screenFraud],',
    },
  },
  {
    name: 'a refund is priced alone, not with the returns before it',
    invariant: 'returns-paid-back',
    edit: {
      file: 'workflows/returns/state.ts',
      from: 'Math.max(0, this.#dueFor([...before, { lines }]) - refunded)',
      to: 'Math.max(0 * refunded, this.#dueFor([{ lines }]))',
    },
  },
];

/** Of CPU time, because a busy machine takes longer: what the search may take. */
const mostSeconds = 10;

it.for(weaknesses)(
  '$name: found within 10 s, and told in at most 10 events',
  { timeout: 1_200_000 },
  ({ edit, invariant }) => {
    const simulator = Simulator.of([edit]);
    const before = process.cpuUsage();
    const seed = firstFailure(simulator, () => secondsSince(before) > mostSeconds);
    const found = secondsSince(before);
    expect(seed, `nothing failed within ${mostSeconds} s of CPU time`).toBeDefined();
    const life = simulator.run({ seed: seed!, isKept: true }, 'safety');
    expect(life.violations.map((each) => each.invariant)).toContain(invariant);
    const shrunk = shrink(simulator, life, 'safety');
    expect(shrunk?.violations[0]!.invariant).toBe(invariant);
    expect(shrunk!.choices.length).toBeLessThanOrEqual(10);
    expect(found).toBeLessThan(mostSeconds);
  },
);

function firstFailure(simulator: Simulator, isOver: () => boolean): number | undefined {
  for (let seed = 1; !isOver(); seed += 1) {
    if (simulator.run({ seed }, 'safety').violations.length > 0) return seed;
  }
  return undefined;
}

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}
