import { expect, it } from 'vitest';
import type { Finding } from '../../tools/check/finding.js';
import { exit } from '../../tools/cli/command.js';
import { Fired } from '../../tools/chaos/kinds.js';
import { outcomeOf, renderOutcome, statusOf } from '../../tools/chaos/report.js';

const kinds = ['kill-worker', 'reset'] as const;

const holds: Finding = {
  invariant: 'one-run',
  formula: 'a = b',
  holds: true,
  verified: 3,
  violations: [],
  unknown: [],
};

function outcome(resets: number, problems: string[] = [], findings: Finding[] = [holds]) {
  const fired = new Fired(kinds);
  for (let i = 0; i < 2; i += 1) fired.count('kill-worker');
  for (let i = 0; i < resets; i += 1) fired.count('reset');
  return outcomeOf({
    options: { seed: 1, orders: 1, least: 2 },
    fired,
    callFaults: { routes: () => [{ route: 'payment POST /v1/captures', kinds: 1, faults: resets }] },
    lives: [],
    problems,
    findings,
    begun: 0,
    faultsEndedAt: 1_000,
    settledMs: 1_000,
    isStopped: false,
  });
}

it('is a pass when every kind fired often enough and nothing is wrong', () => {
  expect(statusOf(outcome(2))).toBe(exit.right);
  expect(renderOutcome(outcome(2))).toContain('right: nothing was lost');
});

it('is no pass when a kind fired too seldom, and says which one', () => {
  expect(statusOf(outcome(1))).toBe(exit.wrong);
  expect(outcome(1).problems).toEqual(['reset fired 1 times instead of 2 or more: it proves nothing']);
});

it('is no pass when something is wrong', () => {
  expect(statusOf(outcome(2, ['an order is lost']))).toBe(exit.wrong);
  expect(renderOutcome(outcome(2, ['an order is lost']))).toContain('an order is lost');
});

it('is no pass when an invariant does not hold, or is unknown', () => {
  const broken: Finding = { ...holds, holds: false, violations: [{ orderId: 'ord_1', what: '2 runs' }] };
  expect(statusOf(outcome(2, [], [holds, broken]))).toBe(exit.wrong);
  expect(renderOutcome(outcome(2, [], [broken]))).toContain('ord_1: 2 runs');
  const unseen: Finding = { ...holds, holds: 'unknown', unknown: [{ orderId: '', what: 'not observed: runs' }] };
  expect(outcome(2, [], [unseen]).problems).toEqual(['one-run is unknown in 1 places']);
});
