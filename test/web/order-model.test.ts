import { describe, expect, it } from 'vitest';
import type { OrderView, StepView } from '../../contracts/order.js';
import { exampleView } from '../../src/api/docs/examples.js';
import { actionsOf, isOffered, skippable, stepActions } from '../../web/src/order/actions.js';
import { graphModel } from '../../web/src/order/graph-model.js';
import { balanceAt, ledgerOf } from '../../web/src/order/ledger.js';
import { momentsOf, stepsAt, undosOf } from '../../web/src/order/life.js';
import { condense } from '../../web/src/order/story.js';
import { timelineOf } from '../../web/src/order/timeline.js';
import { orderVersions } from '../../workflows/order/process.js';

const at = (second: number) => `2026-05-04T09:30:${String(second).padStart(2, '0')}.000Z`;
const aStep = (id: string, changes: Partial<StepView> = {}): StepView => ({
  id,
  dependsOn: [],
  state: 'done',
  attempts: 1,
  startedAt: at(1),
  finishedAt: at(2),
  ...changes,
});
const anOrder = (changes: Partial<OrderView>): OrderView => ({ ...exampleView, placedAt: at(0), ...changes });
const none = undosOf([]);
const parcel = (warehouse: string, changes: Partial<OrderView['shipments'][number]> = {}) => ({
  id: `${exampleView.id}-${warehouse}`,
  warehouse,
  status: 'delivered' as const,
  lines: [{ sku: 'mug', quantity: 1 }],
  ...changes,
});

describe('the graph of an order', () => {
  const parcels = (count: number) =>
    Array.from({ length: count }, (_, index) => [
      aStep(`bookParcel:p-${index}`, { group: 'ship' }),
      aStep(`awaitDispatch:p-${index}`, { group: 'ship', dependsOn: [`bookParcel:p-${index}`], state: 'waiting' }),
    ]).flat();

  it('draws few parcels side by side', () => {
    const { cells, branches } = graphModel([aStep('ship'), ...parcels(3)], 3);
    expect(cells.map(({ id }) => id)).toEqual(['ship']);
    expect(branches.get('ship')!.map(({ key }) => key)).toEqual(['p-0', 'p-1', 'p-2']);
  });

  it('folds many parcels, but not the chosen one and not one in trouble', () => {
    const steps = parcels(500);
    steps[401] = { ...steps[401]!, failure: { code: 'service_unavailable', message: '' } };
    const [chosen, trouble, rest] = graphModel([aStep('ship'), ...steps], 3, 'p-7').branches.get('ship')!;
    expect([chosen!.key, trouble!.key, rest!.key]).toEqual(['p-7', 'p-200', undefined]);
    expect(rest!.count).toBe(498);
    expect(rest!.cells.map(({ id, dependsOn, steps: own }) => [id, dependsOn, own.length])).toEqual([
      ['bookParcel*', [], 498],
      ['awaitDispatch*', ['bookParcel*'], 498],
    ]);
  });
});

describe('what can be done', () => {
  it('is what the order allows and the role may do', () => {
    const order = anOrder({ possible: ['review', 'cancel'] });
    expect(actionsOf(order, 'operator').map(({ id }) => id)).toEqual(['approve', 'reject', 'cancel']);
    expect(actionsOf(order, 'shop').map(({ id }) => id)).toEqual(['cancel']);
  });

  it('a stuck step is retried, skipped where its definition allows it, or abandoned', () => {
    const order = anOrder({ possible: ['resolve'] });
    const failure = { code: 'service_unavailable', message: '' };
    const names = (step: StepView, role: 'shop' | 'operator' = 'operator') =>
      stepActions(order, step, role).map(({ id }) => id);
    expect(names(aStep('bookParcel:p-1', { state: 'running', failure }))).toEqual(['retry', 'abandon']);
    expect(names(aStep('notifyShipped:p-1', { state: 'running', failure }))).toEqual(['retry', 'skip', 'abandon']);
    expect(names(aStep('awaitDelivery:p-1', { state: 'waiting' }))).toEqual(['skip', 'abandon']);
    expect(names(aStep('reserveStock', { state: 'undoing', failure }))).toEqual(['retry']);
    expect(names(aStep('reserveStock'))).toEqual([]);
    expect(names(aStep('bookParcel:p-1', { state: 'running', failure }), 'shop')).toEqual([]);
  });

  it.each(['terminated', 'reset_after_undo'])('an order that is %s can only be abandoned', (code) => {
    const order = anOrder({ possible: ['resolve'], failure: { code, message: '', step: 'awaitDelivery:p-1' } });
    const names = (id: string) => stepActions(order, aStep(id, { state: 'waiting' }), 'operator').map((a) => a.id);
    expect(names('awaitDelivery:p-1')).toEqual(['abandon']);
  });

  it('an action that the order no longer takes is told from one that it takes', () => {
    const [cancel] = actionsOf(anOrder({ possible: ['cancel'] }), 'shop');
    expect(isOffered(cancel!, anOrder({ possible: ['cancel'] }), 'shop')).toBe(true);
    expect(isOffered(cancel!, anOrder({ possible: [] }), 'shop')).toBe(false);
  });

  it('knows which steps the definitions allow to be skipped', () => {
    const defined = orderVersions.flatMap(({ steps, afterEnd }) =>
      [...steps, ...afterEnd].flatMap((step) => [step, ...(step.fanOut?.branch ?? [])]),
    );
    const names = new Set(defined.filter((step) => step.skippable).map(({ id }) => id));
    expect([...skippable].sort()).toEqual([...names].sort());
  });

  it('a change sends only what is changed', () => {
    const [amend] = actionsOf(anOrder({ possible: ['amend'] }), 'shop');
    const values = Object.fromEntries(amend!.fields.map(({ name, initial = '' }) => [name, initial]));
    expect(amend!.request({ ...values, 'sku:mug': '1' })).toEqual({
      path: `/v1/orders/${exampleView.id}`,
      method: 'PATCH',
      body: { lines: [{ sku: 'mug', quantity: 1 }] },
    });
    expect(amend!.request({ ...values, city: 'Rome' }).body).toEqual({
      shippingAddress: { ...exampleView.shippingAddress, city: 'Rome' },
    });
  });
});

describe('the life of an order', () => {
  const order = anOrder({
    status: 'completed',
    payment: {
      ...exampleView.payment,
      status: 'partially_refunded',
      captured: exampleView.total,
      refunded: 300,
      attempts: [
        { at: at(2), outcome: 'declined', code: 'payment_declined' },
        { at: at(4), outcome: 'authorized' },
      ],
    },
    shipments: [parcel('east')],
    steps: [
      aStep('authorizePayment', { startedAt: at(1), finishedAt: at(4) }),
      aStep(`capturePayment:${exampleView.id}-east`, { group: 'ship', startedAt: at(8), finishedAt: at(9) }),
    ],
    returns: [{ id: 'ret_1', status: 'closed', lines: [], reason: 'x', refunded: 300, requestedAt: at(20) }],
    endedAt: at(9),
    updatedAt: at(25),
  });

  it('has each moment once', () => {
    expect(momentsOf(order, none)).toEqual([0, 1, 2, 4, 8, 9, 20].map(at));
  });

  it('shows the steps and the money of each moment', () => {
    const states = (second: number) =>
      stepsAt(order, at(second), (id) => id === 'authorizePayment', none).map((s) => s.state);
    expect(states(0)).toEqual(['pending', 'pending']);
    expect(states(2)).toEqual(['waiting', 'pending']);
    expect(states(8)).toEqual(['done', 'running']);
    expect(states(9)).toEqual(['done', 'done']);
    const ledger = ledgerOf(order, []);
    expect(ledger.map(({ what, amount }) => [what, amount])).toEqual([
      ['declined', undefined],
      ['authorized', order.total],
      ['captured', order.total],
      ['refunded', 300],
    ]);
    expect(balanceAt(ledger, at(4))).toEqual({ authorized: order.total, captured: 0, refunded: 0 });
    expect(balanceAt(ledger, at(9))).toEqual({ authorized: 0, captured: order.total, refunded: 0 });
  });

  it('takes the sums from the history, where it is there', () => {
    const sums = (authorized: number, captured = 0, refunded = 0) => ({ authorized, captured, refunded });
    const event = (second: number, balance: ReturnType<typeof sums>, step = 'authorizePayment') => ({
      id: second,
      time: at(second),
      type: 'LocalActivity',
      step,
      balance,
    });
    const events = [
      event(3, sums(1000)),
      event(4, sums(800)),
      event(6, sums(300, 500), `capturePayment:${exampleView.id}-east`),
      event(6, sums(0, 500), 'completeOrder'),
      event(7, sums(0, 500, 500), `recoverParcel:${exampleView.id}-east`),
    ];
    const payment = { ...exampleView.payment, captured: 500, refunded: 500 };
    const declined = { at: at(2), outcome: 'declined' as const, code: 'payment_declined' };
    // The record of a short call is as late as its workflow task.
    const steps = [aStep(`capturePayment:${exampleView.id}-east`, { finishedAt: at(5) })];
    const ledger = ledgerOf(anOrder({ steps, payment: { ...payment, attempts: [declined] } }), events);
    expect(ledger.map(({ at, what, amount, about, after }) => [at, what, amount, about, after])).toEqual([
      [at(2), 'declined', undefined, 'payment_declined', sums(0)],
      [at(3), 'authorized', 1000, undefined, sums(1000)],
      [at(4), 'released', 200, undefined, sums(800)],
      [at(5), 'captured', 500, `${exampleView.id}-east`, sums(300, 500)],
      [at(6), 'released', 300, undefined, sums(0, 500)],
      [at(7), 'refunded', 500, `${exampleView.id}-east`, sums(0, 500, 500)],
    ]);
    expect(balanceAt(ledger, at(5))).toEqual(sums(300, 500));
    expect(balanceAt(ledger, at(1))).toEqual(sums(0));
  });

  it('shows each undo at its time', () => {
    const undo = (id: number, second: number, step: string) => ({
      id,
      time: at(second),
      type: 'LocalActivity',
      step,
      summary: `${step}: undo`,
    });
    const undos = undosOf([undo(1, 10, 'authorizePayment'), undo(2, 12, 'reserveStock'), undo(3, 14, 'reserveStock')]);
    const undone = anOrder({
      steps: [
        aStep('reserveStock', { state: 'undone' }),
        aStep('authorizePayment', { state: 'undone', startedAt: at(3), finishedAt: at(4) }),
        aStep('notifyConfirmed', { state: 'undone' }),
      ],
    });
    const states = (second: number) => stepsAt(undone, at(second), () => false, undos).map((step) => step.state);
    expect(states(9)).toEqual(['done', 'done', 'done']);
    expect(states(11)).toEqual(['done', 'undone', 'done']);
    expect(states(13)).toEqual(['undoing', 'undone', 'done']);
    expect(states(14)).toEqual(['undone', 'undone', 'done']);
    expect(momentsOf(undone, undos)).toEqual([0, 1, 2, 3, 4, 10, 12, 14].map(at));
  });

  it('says so when the parts of the ledger do not make up the sum', () => {
    const more = { ...order, payment: { ...order.payment, captured: order.total - 100 } };
    expect(ledgerOf(more, []).at(-1)).toMatchObject({ what: 'other', amount: -100 });
  });

  it('parcels share the total', () => {
    const lines = [{ sku: 'mug', quantity: 2, unitPrice: 1000, reserved: 2 }];
    const shared = anOrder({
      lines,
      adjustments: [],
      shippingFee: 500,
      total: 2500,
      payment: { ...exampleView.payment, captured: 2500, attempts: [] },
      shipments: [parcel('east'), parcel('west')],
      steps: ['east', 'west'].map((name) => aStep(`capturePayment:${exampleView.id}-${name}`, { group: 'ship' })),
    });
    expect(ledgerOf(shared, []).map(({ what, amount }) => [what, amount])).toEqual([
      ['captured', 1250],
      ['captured', 1250],
    ]);
  });
});

describe('the time of an order', () => {
  const order = anOrder({
    steps: [
      aStep('reserveStock', { startedAt: at(0), finishedAt: at(1) }),
      aStep('screenFraud', { startedAt: at(0), finishedAt: at(1) }),
      aStep('review', { startedAt: at(1), finishedAt: at(51) }),
      aStep('authorizePayment', { startedAt: at(51), finishedAt: at(52) }),
    ],
  });
  const facts = (now: number, undos = none) => ({
    expectedMs: () => 1000,
    waits: (id: string) => id === 'review',
    undos,
    now,
  });

  it('folds a long wait, so that the work stays visible', () => {
    const { bars, folds } = timelineOf(order, facts(0));
    expect(folds).toHaveLength(1);
    expect(folds[0]!.ms).toBe(50_000);
    const [reserve, , review, pay] = bars;
    expect(reserve!.width).toBeGreaterThan(review!.width);
    expect(pay!.left + pay!.width).toBeCloseTo(100);
  });

  it('says how much work it was, and how much of it side by side', () => {
    const { totalWorkMs, makespanMs, speedUp } = timelineOf(order, facts(0));
    expect([totalWorkMs, makespanMs]).toEqual([53_000, 52_000]);
    expect(speedUp).toBeCloseTo(53 / 52);
  });

  it('marks the critical path of a run under way: what it waits for now, and back from there', () => {
    const { finishedAt: _, ...begun } = aStep('awaitDispatch:p-1', { startedAt: at(5) });
    const under = anOrder({
      steps: [
        aStep('reserveStock', { startedAt: at(0), finishedAt: at(1) }),
        aStep('screenFraud', { startedAt: at(0), finishedAt: at(2) }),
        aStep('authorizePayment', { dependsOn: ['reserveStock', 'screenFraud'], startedAt: at(2), finishedAt: at(4) }),
        aStep('notifyConfirmed', { dependsOn: ['authorizePayment'], startedAt: at(4), finishedAt: at(5) }),
        { ...begun, group: 'ship', dependsOn: ['authorizePayment'], state: 'waiting' },
        aStep('ship', { dependsOn: ['authorizePayment'], state: 'waiting' }),
      ],
    });
    const { bars } = timelineOf(under, facts(Date.parse(at(9))));
    expect(bars.filter(({ isCritical }) => isCritical).map(({ id }) => id)).toEqual([
      'screenFraud',
      'authorizePayment',
      'awaitDispatch:p-1',
    ]);
  });

  it('an undo has a bar of its own', () => {
    const undos = new Map([['reserveStock', { from: at(20), to: at(22) }]]);
    const { bars } = timelineOf(anOrder({ steps: [aStep('reserveStock', { state: 'undone' })] }), facts(0, undos));
    expect(bars[0]!.undo).toMatchObject({ ms: 2000 });
    expect(bars[0]!.undo!.left + bars[0]!.undo!.width).toBeCloseTo(100);
    expect(bars[0]!.width).toBeLessThan(bars[0]!.undo!.left);
  });

  it('a step that goes on reaches to now', () => {
    const { bars } = timelineOf(anOrder({ steps: [running] }), facts(Date.parse(at(9))));
    expect(bars[0]).toMatchObject({ ms: 8000, isOpen: true });
  });
});

const { finishedAt: _, ...begun } = aStep('reserveStock', { state: 'running' });
const running: StepView = begun;

it('the story has one line for each call, also when another came in between', () => {
  const event = (id: number, type: string, rest = {}) => ({ id, time: at(id), type, ...rest });
  const east = { step: 'bookParcel:p-1', summary: 'book' };
  const west = { step: 'bookParcel:p-2', summary: 'book' };
  const story = condense([
    event(1, 'WorkflowExecutionStarted'),
    event(5, 'ActivityTaskScheduled', east),
    event(6, 'ActivityTaskScheduled', west),
    event(7, 'ActivityTaskStarted', { ...east, attempt: 3 }),
    event(8, 'ActivityTaskCompleted', east),
    event(9, 'ActivityTaskFailed', west),
    event(10, 'ActivityTaskScheduled', east),
    event(11, 'LocalActivity', { summary: 'publish' }),
    event(12, 'WorkflowExecutionUpdateAccepted', { summary: 'cancel', by: 'back-office' }),
    event(13, 'WorkflowExecutionUpdateCompleted', { summary: 'cancel', by: 'back-office' }),
  ]);
  expect(story.map(({ id, kind, attempts, isFailed }) => [id, kind, attempts, isFailed])).toEqual([
    [1, 'start', 0, false],
    [5, 'call', 3, false],
    [6, 'call', 0, true],
    [10, 'call', 0, false],
    [12, 'command', 0, false],
  ]);
  const details = condense([
    event(1, 'LocalActivity', { step: 'reserveStock', summary: 'reserveStock' }),
    event(2, 'LocalActivity', { step: 'bookParcel:p-1', summary: 'bookParcel east: undo' }),
    event(3, 'TimerStarted', { step: 'review', summary: 'review: the decision of an operator is due' }),
    event(4, 'WorkflowExecutionUpdateAccepted', { summary: 'cancel' }),
  ]).map(({ detail }) => detail);
  expect(details).toEqual([undefined, 'undo', 'the decision of an operator is due', 'cancel']);
});
