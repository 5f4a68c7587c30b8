import { expect } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import type { End, TestOrder } from './test-orders.js';

/** Checks what is true of every ended order, for every kind of end. */
export function expectEnded(order: TestOrder, { view }: End): void {
  expect(['completed', 'cancelled', 'failed']).toContain(view.status);
  for (const step of view.steps) {
    expect(['done', 'skipped', 'failed', 'undone'], `${step.id} of ${order.id}`).toContain(step.state);
  }
  expect(view.endedAt).toBeDefined();
  expectOrderOfSteps(view);
  expectTiming(view);
  // The book holds the view that the run returned. Only the book numbers revisions.
  const { revision: _a, updatedAt: _b, ...stored } = order.services.view!;
  const { revision: _c, updatedAt: _d, ...answered } = view;
  expect(stored).toEqual(answered);
}

/** Checks that no step starts before its dependencies have finished. A fan-out starts and finishes with its branches. */
export function expectOrderOfSteps(view: OrderView): void {
  for (const step of view.steps) {
    for (const id of step.dependsOn) {
      const before = view.steps.find((s) => s.id === id);
      expect(before, `${step.id} depends on ${id}`).toBeDefined();
      if (step.startedAt !== undefined && before!.finishedAt !== undefined) {
        expect(step.startedAt >= before!.finishedAt, `${step.id} started after ${id}`).toBe(true);
      }
    }
  }
}

function expectTiming(view: OrderView): void {
  const ran = view.steps.filter((s) => s.id !== 'ship' && s.startedAt !== undefined && s.finishedAt !== undefined);
  const started = ran.map((s) => Date.parse(s.startedAt!));
  const finished = ran.map((s) => Date.parse(s.finishedAt!));
  expect(view.timing).toMatchObject({
    totalWorkMs: finished.reduce((sum, at, i) => sum + at - started[i]!, 0),
    makespanMs: ran.length === 0 ? 0 : Math.max(...finished) - Math.min(...started),
  });
  const path = view.timing!.criticalPath;
  expect(path.length > 0).toBe(ran.length > 0);
  for (const id of path) expect(ran.map((s) => s.id)).toContain(id);
}

/** Checks that an order that ended early leaves nothing: no stock, no hold, no booking, and all money is back. */
export function expectNothingLeft(order: TestOrder, view: OrderView): void {
  const { inventory, payment, carrier } = order.services;
  expect(inventory.held('reserved') + inventory.held('committed')).toBe(0);
  expect(inventory.available).toEqual(inventory.initial);
  expect(payment.authorized).toBe(0);
  expect(payment.captured).toBe(payment.refunded);
  expect([...carrier.bookings.values()]).not.toContain('booked');
  expect(view.payment).toMatchObject({ authorized: 0, captured: payment.captured, refunded: payment.captured });
  expect(['none', 'declined', 'voided', 'refunded']).toContain(view.payment.status);
  expect(view.lines.every((l) => l.reserved === 0)).toBe(true);
  expect(view.possible).toEqual([]);
}

/** Resolves when the run of late payments has published this many payments to the book. */
export const givenBack = (order: TestOrder, many = 1): Promise<void> =>
  order.services.until(
    () => order.services.latePayments.length === many,
    () =>
      `Given back: ${JSON.stringify(order.services.latePayments)}; calls: ${order.services.calls.map((c) => c.operation).join(' ')}`,
  );
