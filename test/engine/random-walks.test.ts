import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { processSpec } from './random-process.js';
import type { Having, ProcessSpec, StepSpec } from './random-process.js';
import { shareOf } from '../support/share.js';
import { WatchedRun } from './watched-run.js';
import type { Plan } from './watched-run.js';

/**
 * Runs random graphs with random outcomes and any order of events. WatchedRun checks each run against the rules at every moment; the
 * tests here check the end. A failing run prints its events, step by step.
 */

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
vi.setConfig({ testTimeout: 120_000 });
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => {
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

const plan = (with_: { stop?: boolean; meddling?: boolean; silent?: boolean } = {}): fc.Arbitrary<Plan> =>
  fc.record({
    // Without the size no array has more than ten picks, and the later events of a run would always come in list order.
    picks: fc.array(fc.record({ pick: fc.nat(60), together: fc.nat(3).map((n) => n === 0) }), {
      maxLength: 60,
      size: 'max',
    }),
    stopAfter: with_.stop ? fc.nat(25) : fc.constant(undefined),
    meddling: with_.meddling ? fc.boolean() : fc.constant(false),
    silent: with_.silent ? fc.boolean() : fc.constant(false),
  });

/**
 * The same processes and plans each time, so that a change is judged by what it changes. RANDOM_SEED=N looks at others, RANDOM_TIMES=N at N
 * times as many. What they find becomes a case of its own, at the end of this file.
 */
const seed = Number(process.env.RANDOM_SEED ?? 1);
const times = Number(process.env.RANDOM_TIMES ?? 1);

async function everyRun(
  having: Having,
  plans: fc.Arbitrary<Plan>,
  check: (run: WatchedRun, spec: ProcessSpec) => void = () => {},
  numRuns = 300,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(processSpec(having), plans, async (spec, plan) => {
      const run = new WatchedRun(spec, plan);
      try {
        await run.live();
        run.checkEnd();
        check(run, spec);
      } catch (error) {
        const { message } = error as Error;
        throw new Error(`${message}\n${run.picture()}`, { cause: error });
      }
    }),
    { numRuns: numRuns * times, seed },
  );
}

describe('the generated plans and processes', () => {
  const everything = { waits: true, faults: true, refusals: true, deadlines: true, pivots: true, operator: true };
  const stepsOf = (spec: ProcessSpec): StepSpec[] => spec.flatMap((s) => ('branch' in s ? s.branch : [s]));
  const some = (having: Having, isCase: (step: StepSpec) => boolean): number =>
    shareOf(processSpec(having), (spec) => stepsOf(spec).some(isCase));

  it('have graphs with edges and branches', () => {
    expect(shareOf(processSpec(everything), (spec) => spec.some(({ after }) => after.length > 1))).toBeGreaterThan(0.3);
    const fansOut = (spec: ProcessSpec) => spec.some((s) => 'branch' in s && s.items.length > 1);
    expect(shareOf(processSpec(everything), fansOut)).toBeGreaterThan(0.3);
  });

  it('decide the order of events to the end of most runs', () => {
    expect(shareOf(plan(), ({ picks }) => picks.length > 20)).toBeGreaterThan(0.5);
    expect(shareOf(plan({ stop: true }), ({ stopAfter = 0 }) => stopAfter > 5)).toBeGreaterThan(0.5);
  });

  it('have each way in which a step can go', () => {
    const shares = {
      wait: some(everything, (s) => s.body.startsWith('wait')),
      deadline: some(everything, (s) => s.body.startsWith('wait') && s.deadlineMs !== undefined),
      refusal: some(everything, (s) => s.doing.includes('rejected')),
      fault: some(everything, (s) => s.doing.includes('fault')),
      'undo that faults': some(everything, (s) => s.undo && s.undoing.includes('fault')),
      pivot: some(everything, (s) => s.pivot),
      'undo too late': some({ ...everything, gone: true }, (s) => s.undoing.includes('gone')),
      end: some({ ...everything, ends: true }, (s) => s.ends),
      'call that is never answered': some({ ...everything, hopeless: true }, (s) => s.doing.includes('never')),
      'wait that may be skipped': some(everything, (s) => s.body.startsWith('wait') && s.skippable),
    };
    for (const [what, share] of Object.entries(shares)) expect(share, what).toBeGreaterThan(0.15);
  });
});

describe('a walk without failures', () => {
  it('starts every step as soon as its own dependencies are settled', async () => {
    await everyRun({ waits: true }, plan(), (run) => {
      expect(run.outcome).toEqual({ kind: 'completed' });
      for (const step of run.steps) {
        expect(step.state, step.id).toBe(step.definition.fanOut || run.specOf(step.id).runs ? 'done' : 'skipped');
        expect(run.begun.has(step.id)).toBe(!step.definition.fanOut && step.state === 'done');
        for (const d of run.dependencies(step)) {
          if (step.startedAt === undefined || d.finishedAt === undefined) continue;
          expect(step.startedAt, `${step.id} after ${d.id}`).toBeGreaterThanOrEqual(d.finishedAt);
        }
      }
    });
  });

  it('survives faults with the same keys, and parks a step whose faults outlast its retries', async () => {
    await everyRun({ waits: true, faults: true }, plan(), (run) => {
      if (run.abandoned) return;
      expect(run.outcome).toEqual({ kind: 'completed' });
      for (const step of run.steps) {
        expect(['done', 'skipped', ...(step.isOptional ? ['failed'] : [])]).toContain(step.state);
      }
      for (const key of run.keys.keys()) expect(key).not.toContain('#');
    });
  });
});

describe('a walk that ends early', () => {
  it('by a rejection is undone in reverse, whatever else fails on the way', async () => {
    await everyRun({ waits: true, faults: true, refusals: true, operator: true }, plan({ meddling: true }), (run) => {
      const needed = [...run.rejected].filter((id) => !run.specOf(id).optional);
      const decisive = needed.filter((id) => !run.skipped.has(id));
      // A skip concerns the call in trouble. If that call is answered after all, the body goes on and its next call may be rejected.
      const open = needed.some((id) => run.skipped.has(id) && run.specOf(id).body === 'two calls');
      if (decisive.length === 0 && !open && !run.abandoned) expect(run.outcome).toEqual({ kind: 'completed' });
      if (decisive.length > 0) expect(run.outcome!.kind).toBe('ended');
    });
  });

  it('from outside, at any point, is undone in reverse', async () => {
    await everyRun({ waits: true, faults: true, operator: true }, plan({ stop: true, meddling: true }), (run) => {
      if (run.stopped) expect(run.outcome).toMatchObject({ kind: 'ended', failure: { code: 'cancelled' } });
    });
  });

  it('by a deadline, a rejection and a stop at once is undone once', async () => {
    await everyRun(
      { waits: true, deadlines: true, faults: true, refusals: true },
      plan({ stop: true, meddling: true }),
    );
  });

  it('by EndProcess stays done, and nothing more begins', async () => {
    await everyRun(
      { waits: true, faults: true, refusals: true, ends: true, pivots: true },
      plan({ stop: true, meddling: true }),
    );
  });
});

describe('a walk with messages that make an undo pointless', () => {
  it('goes on with the branch that is out, whenever the message comes', async () => {
    let overtaken = 0;
    await everyRun(
      { waits: true, faults: true, refusals: true, pivots: true, gone: true, news: true, operator: true },
      plan({ stop: true, meddling: true }),
      (run) => {
        if ([...run.out].some((id) => run.gone.has(id))) overtaken += 1;
      },
      1000,
    );
    expect(overtaken, 'runs in which news came during an undo').toBeGreaterThan(20);
  });
});

describe('a walk of a run that was reset', () => {
  it('offers only abandon for a step that another run has undone', async () => {
    let met = 0;
    await everyRun(
      { waits: true, pivots: true, operator: true, resets: true },
      plan({ stop: true, meddling: true }),
      (run) => {
        if (run.trace.some((line) => line.startsWith('only abandon'))) met += 1;
      },
    );
    expect(met, 'runs in which such a step was parked').toBeGreaterThan(30);
  });
});

describe('a walk past a pivot', () => {
  it('undoes nothing before the pivot', async () => {
    await everyRun(
      { waits: true, faults: true, refusals: true, deadlines: true, pivots: true, operator: true },
      plan({ stop: true, meddling: true }),
      undefined,
      600,
    );
  });

  it('that an undo discovers goes on with that branch alone', async () => {
    await everyRun(
      { waits: true, faults: true, refusals: true, pivots: true, gone: true, operator: true, ends: true },
      plan({ stop: true, meddling: true }),
      undefined,
      600,
    );
  });
});

describe('a walk without answers from services and people', () => {
  const away = { waits: true, faults: true, hopeless: true, operator: true };

  it('reaches its end with an operator’s help, leaves after the end included', async () => {
    let afterEnd = 0;
    await everyRun(
      { ...away, refusals: true, pivots: true, ends: true },
      plan({ stop: true, meddling: true, silent: true }),
      (run) => (afterEnd += run.helpedAfterEnd),
      600,
    );
    expect(afterEnd, 'help after the end').toBeGreaterThan(5);
  });

  it('goes on when an operator skips a step: a skipped step counts as done', async () => {
    let passed = 0;
    await everyRun(
      { ...away, pivots: true, gone: true, faults: false },
      plan({ meddling: true, silent: true }),
      (run) => {
        for (const id of run.skipped) {
          const { decided, pivot } = run.specOf(id);
          const { state } = run.run.steps.get(id)!;
          // The last decision counts, and an abandoned walk undoes what it can.
          if (run.abandoned) continue;
          expect(state, id).toBe(decided || pivot ? 'done' : 'skipped');
          if (pivot) passed += 1;
        }
      },
      1200,
    );
    expect(passed, 'pivots that were skipped').toBeGreaterThan(5);
  });
});

/**
 * A lost workflow task may have begun a step after the fan-out that has an undo. When a branch then passes its pivot in the moment of the stop,
 * the branch beside it, which the stop ended, begins once more. No process of orders has a step with an undo behind its fan-out. When this
 * turns red, it is mended: remove `fails`.
 */
it.fails(
  'not mended yet: a branch that the stop ended begins again, because a step behind the fan-out may have begun',
  async () => {
    const common = {
      optional: true,
      undo: false,
      pivot: false,
      ends: false,
      deadlineMs: undefined,
      undoing: [],
      doing: [],
    };
    const never = { hears: false, decided: false, skippable: false, after: [] };
    const branch: StepSpec = {
      ...{ ...common, ...never, id: 'f0b0', body: 'wait and call', runs: true, optional: false, pivot: true },
      ...{ deadlineMs: 0, doing: ['fault'] },
    };
    const spec: ProcessSpec = [
      { ...common, ...never, id: 's0', body: 'one call', runs: false, undoing: ['answer'] },
      { id: 's1', after: [], items: ['i0', 'i1'], branch: [branch] },
      { ...common, ...never, id: 's2', body: 'one call', runs: false, undo: true, after: ['s1'] },
    ];
    const together = (pick: number) => ({ pick, together: true });
    const picks = [
      { pick: 0, together: false },
      together(0),
      together(3),
      ...Array.from({ length: 5 }, () => together(0)),
    ];
    const run = new WatchedRun(spec, { picks, stopAfter: 8, meddling: true, silent: false });
    await run.live();
    run.checkEnd();
  },
);
