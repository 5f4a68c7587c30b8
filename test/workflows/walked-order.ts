import { ApplicationFailure } from '@temporalio/common';
import type { EventType, News } from '../../workflows/events.js';
import { applyEvent } from '../../workflows/order/apply-event.js';
import { Order } from '../../workflows/order/state.js';
import { orderProcess } from '../../workflows/order/process.js';
import type { CallOutcome, CallRequest, Ports } from '../../workflows/engine/ports.js';
import { ProcessRun } from '../../workflows/engine/run-process.js';
import { everythingMoved } from '../engine/toy-world.js';
import { FakeServices } from './fake-services.js';
import type { ActivityName } from '../../activities/index.js';
import { inputOf } from './test-orders.js';
import type { Setup } from './test-orders.js';

/**
 * The order process on healthy fake services and without Temporal, for properties over hundreds of orders. Time stands still, so no
 * deadline passes.
 */
export class WalkedOrder {
  readonly order: Order;
  readonly run: ProcessRun<Order>;
  readonly services: FakeServices;

  /** @param hold returns a promise that a call waits for before it is made. */
  constructor(
    setup: Setup = {},
    private readonly hold: (operation: ActivityName) => Promise<void> | undefined = () => undefined,
  ) {
    this.order = new Order(inputOf('ord_1', 0, setup));
    this.services = new FakeServices(this.order.id, {}, setup.stock);
    const ports: Ports = {
      now: () => Date.parse('2030-01-01T00:00:00.000Z'),
      timer: () => ({ fired: new Promise(() => {}), cancel: () => {} }),
      hasLostNothing: () => true,
      takesBack: () => true,
      makes: () => true,
      undoesUnseen: () => true,
      call: (request) => this.#call(request),
    };
    this.run = new ProcessRun(orderProcess, this.order, ports, { key: this.order.id, onChange: () => {} });
  }

  /** Starts the run, and takes it as far as it goes without news. */
  async begin(): Promise<void> {
    void this.run.run();
    await everythingMoved();
  }

  async news(type: EventType, news: News): Promise<void> {
    applyEvent({ type, ...news }, this.order, this.run);
    await everythingMoved();
  }

  async #call({ service, operation, input }: CallRequest): Promise<CallOutcome> {
    await this.hold(`${service}.${operation}` as ActivityName);
    try {
      const answer = await this.services.answer(input.key, `${service}.${operation}` as ActivityName, input);
      return { kind: 'answer', answer, attempts: 1 };
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      return { kind: 'rejected', failure: { code: error.type!, message: error.message }, attempts: 1 };
    }
  }
}
