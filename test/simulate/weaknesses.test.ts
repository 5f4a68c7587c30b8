import { expect, it } from 'vitest';
import { shrink } from '../../tools/simulate/shrink.js';
import { Simulator, simulate } from '../../tools/simulate/simulate.js';
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

it.for(weaknesses)(
  '$name: found within 10 s of CPU time, and told in at most 10 events',
  { timeout: 1_200_000 },
  async (weakness) => {
    const { edit, invariant } = weakness;
    const seeds = Array.from({ length: 1000 }, (_, i) => 1 + i);
    const before = process.cpuUsage();
    const { failures } = await simulate({ seeds, edits: [edit] });
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(10);
    const [failure] = failures;
    expect(failure?.violations.map((each) => each.invariant)).toContain(invariant);
    const shrunk = shrink(
      await Simulator.of([edit]),
      { choices: failure!.life, violations: failure!.violations },
      'safety',
    );
    expect(shrunk?.violations[0]!.invariant).toBe(invariant);
    expect(shrunk!.choices.length).toBeLessThanOrEqual(10);
  },
);
