import { describe, expect, it } from 'vitest';
import { check, invariants } from '../../tools/check/check.js';
import type { Observation } from '../../tools/check/observation.js';
import { damaged, defects } from './defects.js';
import { at, cancelledOrder, completedOrder, orderId, waitingOrder } from './observations.js';

const orders = { completed: completedOrder, cancelled: cancelledOrder, waiting: waitingOrder };

describe('the checker', () => {
  it.each(Object.entries(orders))('finds nothing wrong with a whole order: %s', (_, order) => {
    expect(check(order()).filter(({ holds }) => holds !== true)).toEqual([]);
  });

  it('passes nothing that was not observed', () => {
    const findings = check({ at: 0 });
    expect(findings).toHaveLength(invariants.length);
    expect(findings.filter(({ holds }) => holds !== 'unknown')).toEqual([]);
  });
});

describe('it does not accuse', () => {
  it('a step that has the name of its operation', () => {
    const observed = completedOrder();
    const { at, seq } = observed.calls!.at(-1)!;
    const key = `${orderId}:ret_1:refund:refund`;
    observed.calls!.push({ service: 'payment', operation: 'refund', key, status: 200, at, seq: seq! + 1 });
    expect(check(observed).filter(({ holds }) => holds !== true)).toEqual([]);
  });

  it('an order that waits for an operator after its run was ended from outside, and could not be settled', () => {
    const observed = waitingOrder();
    const [run] = observed.runs!;
    run!.status = 'terminated';
    observed.runs!.push({ ...run!, workflowId: `settle:${orderId}`, type: 'settleOrder', status: 'failed' });
    delete observed.runs![1]!.view;
    expect(check(observed).filter(({ holds }) => holds === false)).toEqual([]);
  });
});

it('a read that goes back after a lost workflow task is counted apart', () => {
  const observed = damaged(defects.find(({ invariant }) => invariant === 'reads-go-forward')!);
  const finding = () => check(observed).find(({ invariant }) => invariant === 'reads-go-forward')!;
  const [run] = observed.runs!;
  run!.lostTasks = [at(10)];
  expect(finding().holds).toBe(false);
  run!.lostTasks = [at(39)];
  expect(finding()).toMatchObject({ holds: true, violations: [], afterLostTask: [{ orderId }] });
});

it('there is a defect for each invariant', () => {
  expect(defects.map(({ invariant }) => invariant)).toEqual(invariants.map(({ name }) => name));
});

describe.each(defects)('$invariant: $story', (defect) => {
  it('is found by this invariant alone, and says where', () => {
    const wrong = check(damaged(defect)).filter(({ holds }) => holds === false);
    expect(wrong.map(({ invariant, violations }) => ({ invariant, places: violations.length > 0 }))).toEqual([
      { invariant: defect.invariant, places: true },
    ]);
  });

  it('is unknown without what it compares', () => {
    const { needs } = invariants.find(({ name }) => name === defect.invariant)!;
    for (const part of needs) {
      const observed: Observation = damaged(defect);
      delete observed[part];
      expect(check(observed).find(({ invariant }) => invariant === defect.invariant)?.holds).toBe('unknown');
    }
  });
});
