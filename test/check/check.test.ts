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

describe('an order that a deadline ended', () => {
  const ended = (after: number): unknown => {
    const observed = waitingOrder();
    const [run] = observed.runs!;
    const step = run!.view!.steps[2]!;
    run!.deadlines!.paymentMs = 60_000;
    run!.status = 'completed';
    Object.assign(step, { state: 'failed', finishedAt: new Date(Date.parse(step.startedAt!) + after).toISOString() });
    const failure = { code: 'payment_deadline', message: '', step: 'authorizePayment' };
    Object.assign(run!.view!, { status: 'cancelled', failure });
    const { verified, violations } = check(observed).find(({ invariant }) => invariant === 'deadline-kept')!;
    return [verified, violations.map(({ what }) => what)];
  };

  it('ended when it was due, and not before', () => {
    expect(ended(60_000)).toEqual([1, []]);
    expect(ended(58_000)).toEqual([1, ['authorizePayment was ended by its deadline 2 s before it']]);
  });
});

describe('a release that the view of an ended order lacks', () => {
  /** The release of the rest is stored, and the view has it on hold still. */
  const observed = (state: string, isResolved: boolean): Observation => {
    const order = completedOrder();
    const { payment, runs } = order;
    const [run] = runs!;
    payment!.authorizations[0]!.amount += 10;
    payment!.operations[0]!.amount += 10;
    payment!.operations.push({
      ...{ orderId, kind: 'release', amount: 10, at: at(60), key: `${orderId}:completeOrder:settle` },
    });
    run!.view!.payment.authorized = 10;
    run!.view!.steps.push({ id: 'completeOrder', dependsOn: [], state });
    if (isResolved) run!.updates!.push({ id: 'k2', name: 'resolve', at: at(18) });
    return order;
  };
  const shownAsPaid = (order: Observation) =>
    check(order).find(({ invariant }) => invariant === 'shown-as-paid')!.holds;

  it('is unknown if an operator gave up the step that made it', () => {
    expect(shownAsPaid(observed('failed', true))).toBe('unknown');
  });

  it.each([
    ['of a step that is done', observed('done', true)],
    ['of a step that nobody gave up', observed('failed', false)],
  ])('is a violation %s', (_, order) => {
    expect(shownAsPaid(order)).toBe(false);
  });

  it('is a violation if the view lacks another sum, too', () => {
    const order = observed('failed', true);
    order.runs![0]!.view!.payment.captured -= 1;
    expect(shownAsPaid(order)).toBe(false);
  });
});

it('a read that goes back after a lost workflow task is counted apart', () => {
  const observed = damaged(defects.find(({ invariant }) => invariant === 'reads-go-forward')!);
  const finding = () => check(observed).find(({ invariant }) => invariant === 'reads-go-forward')!;
  const [run] = observed.runs!;
  run!.lostTasks = [at(10)];
  expect(finding().holds).toBe(false);
  run!.lostTasks = [at(39)];
  expect(finding()).toMatchObject({ holds: true, violations: [], apart: [{ orderId, limit: 'after a lost task' }] });
});

it('a read that goes back, of an API that has just started and cannot ask, is counted apart', () => {
  for (const invariant of ['reads-go-forward', 'revisions-grow']) {
    const observed = damaged(defects.find((defect) => defect.invariant === invariant)!);
    const finding = () => check(observed).find((each) => each.invariant === invariant)!;
    const restart = { part: 'api', from: at(31), to: at(60) } as const;
    for (const outages of [
      [restart],
      [{ part: 'temporal', from: at(0), to: at(60) } as const],
      [restart, { part: 'temporal', from: at(0), to: at(29) } as const],
    ]) {
      observed.outages = outages;
      expect(finding().holds).toBe(false);
    }
    observed.outages = [restart, { part: 'book', from: at(0), to: at(60) }];
    expect(finding()).toMatchObject({ violations: [], apart: [{ orderId, limit: 'after a restart of the API' }] });
  }
});

it('a notice of something that did not happen is counted apart if its task was lost', () => {
  const observed = completedOrder();
  observed.notification!.push({ orderId, event: 'cancelled', subject: '', state: 'sent' });
  const told = {
    service: 'notification',
    operation: 'notify',
    key: `${orderId}:notifyEnded:notify`,
    status: 200,
  } as const;
  observed.calls!.push({ ...told, at: at(12) });
  const finding = () => check(observed).find(({ invariant }) => invariant === 'told-what-happened')!;
  for (const lostTasks of [undefined, [at(11)], [at(60)]]) {
    Object.assign(observed.runs![0]!, { lostTasks });
    expect(finding().holds).toBe(false);
  }
  observed.runs![0]!.lostTasks = [at(13)];
  expect(finding()).toMatchObject({ violations: [], apart: [{ orderId, limit: 'after a lost task' }] });
});

it('a refund of a return that is still open is unknown if its run was terminated, and wrong otherwise', () => {
  const observed = completedOrder();
  const back = { id: 'ret_1', status: 'approved', lines: [{ sku: 'mug', quantity: 1 }], refunded: 0 };
  observed.book![0]!.returns = [back];
  observed.payment!.operations.push({
    ...{ orderId, kind: 'refund', amount: 1250, at: at(50), key: `${orderId}:ret_1:refund:refund`, subject: 'ret_1' },
  });
  const run = { workflowId: `returns:${orderId}`, orderId, type: 'processReturns', startedAt: at(40) } as const;
  const holds = (...statuses: ('terminated' | 'completed')[]) => {
    const runs = statuses.map((status, i) => ({ ...run, runId: `run-${i + 2}`, status, startedAt: at(40 + 5 * i) }));
    return check({ ...observed, runs: [...observed.runs!, ...runs] }).find(
      ({ invariant }) => invariant === 'returns-paid-back',
    )!.holds;
  };
  expect(holds('terminated')).toBe('unknown');
  expect(holds('completed')).toBe(false);
  expect(holds('terminated', 'completed')).toBe(false);
  back.status = 'rejected';
  expect(holds('terminated')).toBe(false);
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
