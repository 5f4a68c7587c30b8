import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityName } from '../../activities/index.js';
import type { OrderView } from '../../contracts/order.js';
import { FakeServices } from './fake-services.js';
import type { Behaviour } from './fake-services.js';

type AnyActivity = (input?: Record<string, unknown>) => Promise<unknown>;
/** The activities that a test's workers register. The SDK calls `default` for any other. */
export type WorldActivities = Record<ActivityName | 'default', AnyActivity>;

/** The services of all orders of a test file. Each order has its own FakeServices, so that tests do not affect each other. */
export class FakeWorld {
  private readonly orders = new Map<string, FakeServices>();
  private failTests!: (error: Error) => void;
  private readonly failed = new Promise<never>((_resolve, reject) => (this.failTests = reject));

  /** @param behaviour replaces answers of healthy services, for orders that are not added with a behaviour of their own. */
  constructor(private readonly behaviour: Behaviour = {}) {
    this.failed.catch(() => undefined);
  }

  /** Replaces the default behaviour, also for orders that exist already. */
  behave(behaviour: Behaviour): void {
    for (const name of Object.keys(this.behaviour) as ActivityName[]) delete this.behaviour[name];
    Object.assign(this.behaviour, behaviour);
  }

  add(services: FakeServices): void {
    this.orders.set(services.orderId, services);
  }

  /** Returns the services of this order, and creates them at the first call. */
  of(orderId: string): FakeServices {
    if (!this.orders.has(orderId)) this.add(new FakeServices(orderId, this.behaviour));
    return this.orders.get(orderId)!;
  }

  get all(): FakeServices[] {
    return [...this.orders.values()];
  }

  /** Settles as the promise does, or rejects at once when a run calls an activity that nobody registers. */
  guard<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.failed]);
  }

  get activities(): WorldActivities {
    const names = Object.keys(new FakeServices('').operations) as ActivityName[];
    const perform =
      (name: ActivityName): AnyActivity =>
      (input = {}) =>
        this.of(orderIdOf(input)).perform(name, input);
    const known = Object.fromEntries(names.map((name) => [name, perform(name)])) as Record<ActivityName, AnyActivity>;
    return { ...known, default: () => this.refuseUnregistered() };
  }

  private refuseUnregistered(): Promise<never> {
    const { activityType } = activityInfo();
    const message = `No worker of this test registers the activity ${activityType}: add it to test/workflows/fake-services.ts.`;
    this.failTests(new Error(message));
    return Promise.reject(ApplicationFailure.nonRetryable(message, 'unregistered'));
  }
}

/** Reads the order id from a call's input. A call without one comes from the order's own run. */
function orderIdOf(input: Record<string, unknown>): string {
  const named = input.orderId ?? (input.view as OrderView | undefined)?.id;
  return (named as string | undefined) ?? activityInfo().workflowExecution!.workflowId.split(':')[1]!;
}
