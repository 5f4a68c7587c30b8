import { ApplicationFailure } from '@temporalio/common';
import { isEnded } from '../../contracts/statuses.js';
import type { OrderView } from '../../contracts/order.js';
import type { OrderStatus } from '../../contracts/statuses.js';
import { orderCommandHandlers } from '../../workflows/order/commands.js';
import { applyEvent } from '../../workflows/order/apply-event.js';
import type { CommandBodies, OrderCommand } from '../../workflows/order/messages.js';
import type { EventType, News } from '../../workflows/events.js';
import { Order } from '../../workflows/order/state.js';
import { orderProcess } from '../../workflows/order/process.js';
import { orderView, statusOf } from '../../workflows/order/view.js';
import type { CallOutcome, CallRequest, Ports, Timer } from '../../workflows/engine/ports.js';
import { ProcessRun } from '../../workflows/engine/run-process.js';
import type { RunOutcome } from '../../workflows/engine/walk.js';
import { everythingMoved } from '../engine/toy-world.js';
import { FakeServices } from './fake-services.js';
import type { ActivityName } from '../../activities/index.js';
import { inputOf } from './test-orders.js';
import type { Setup } from './test-orders.js';

/** Something that a person or a carrier does once, as soon as `when` is true. */
export interface Deed {
  when: (view: OrderView) => boolean;
  happens: (order: PacedOrder) => void;
}

/** The activity id of a call without the order's id, for example `capturePayment:east:capture`. */
export type CallId = string;

/** Says which calls are slow, and how. */
export interface Pace {
  /** Selects calls that are held as long as anything else can happen. */
  slow?: (call: CallId, operation: string) => boolean;
  /** The first call is answered after the second one, if both are under way at once. */
  swapped?: readonly [CallId, CallId];
  /** True: the service does its work at once and answers late. Otherwise it does the work late. */
  answersLate?: boolean;
  /** True: people act while a call is held. */
  peopleFirst?: boolean;
}

interface OpenCall {
  id: CallId;
  operation: string;
  work: () => Promise<CallOutcome>;
  settle: (outcome: CallOutcome) => void;
}

/**
 * The order process with the real commands, on fake services and without Temporal. The test decides in which order the calls under way are
 * answered. A deadline passes only when nothing else can happen.
 */
export class PacedOrder {
  readonly order: Order;
  readonly run: ProcessRun<Order, OrderStatus>;
  readonly services: FakeServices;
  /** All calls, in the order in which they were made. */
  readonly calls: CallId[] = [];
  /** Pairs of calls that were under way at the same time, as `first second`. */
  readonly together = new Set<string>();
  readonly #open: OpenCall[] = [];
  readonly #answered = new Set<CallId>();
  readonly #timers: { fire: () => void }[] = [];
  readonly #deeds: Deed[];
  #now = Date.parse('2030-01-01T00:00:00.000Z');
  #messages = 0;

  constructor(
    setup: Setup,
    deeds: readonly Deed[],
    private readonly pace: Pace = {},
  ) {
    this.#deeds = [...deeds];
    this.order = new Order(inputOf('ord_1', this.#now, setup));
    this.services = new FakeServices(this.order.id, setup.services, setup.stock);
    const ports: Ports = {
      now: () => this.#now,
      timer: () => this.#timer(),
      hasLostNothing: () => true,
      takesBack: () => true,
      makes: () => true,
      undoesUnseen: () => true,
      call: (request) => this.#call(request),
    };
    const onChange = () => {
      if (!this.run.stopping) this.order.statusBeforeStop = statusOf(this.run);
    };
    this.run = new ProcessRun(orderProcess, this.order, ports, { key: this.order.id, onChange });
  }

  get view(): OrderView {
    return orderView(this.run, this.#now, 0);
  }

  /** Sends a command, and throws if it is refused. */
  command<Name extends OrderCommand>(name: Name, body: CommandBodies[Name]): void {
    const { handlers } = orderCommandHandlers(this.order, this.run);
    const handler = handlers.find(({ type }) => type.name === name)!;
    const envelope = { fingerprint: 'f', by: { role: 'operator' } as const, body };
    handler.check(envelope);
    handler.take(envelope, `m-${(this.#messages += 1)}`);
  }

  news(type: EventType, data: News['data'] = {}): void {
    const id = `m-${(this.#messages += 1)}`;
    applyEvent({ type, id, timestamp: '2020-01-01T00:00:00.000Z', data }, this.order, this.run);
  }

  /** Runs the order to its end, optional steps included. */
  async live(): Promise<RunOutcome> {
    let outcome: RunOutcome | undefined;
    let left = false;
    let bug: Error | undefined;
    this.run
      .run()
      .then((ended) => {
        outcome = ended;
        return this.run.optionalStepsEnded();
      })
      .then(
        () => (left = true),
        (error: unknown) => (bug = error as Error),
      );
    for (let events = 0; events < 500; events += 1) {
      await everythingMoved();
      if (bug) throw bug;
      if (left) return outcome!;
      this.#now += 1;
      await this.#next();
    }
    throw new Error(`It does not end: ${this.#picture()}`);
  }

  async #next(): Promise<void> {
    const held = this.#open.filter((call) => this.#isHeld(call));
    const free = this.#open.find((call) => !held.includes(call));
    if (free) return this.#answer(free);
    const act = () => {
      const { view } = this;
      const deed = isEnded(view.status) ? -1 : this.#deeds.findIndex(({ when }) => when(view));
      if (deed < 0) return false;
      this.#deeds.splice(deed, 1)[0]!.happens(this);
      return true;
    };
    if ((held.length === 0 || this.pace.peopleFirst) && act()) return;
    if (held[0]) return this.#answer(held[0]);
    const timer = this.#timers.shift();
    if (!timer) throw new Error(`Nothing can happen any more: ${this.#picture()}`);
    timer.fire();
  }

  #isHeld({ id, operation }: OpenCall): boolean {
    const { slow, swapped } = this.pace;
    return slow?.(id, operation) === true || (swapped?.[0] === id && !this.#answered.has(swapped[1]));
  }

  async #answer(call: OpenCall): Promise<void> {
    this.#open.splice(this.#open.indexOf(call), 1);
    this.#answered.add(call.id);
    call.settle(await call.work());
  }

  #call(request: CallRequest): Promise<CallOutcome> {
    const { activityId, service, operation, input } = request;
    const id = activityId.replace(`${this.order.id}-`, '');
    for (const { id: other } of this.#open) this.together.add(`${other} ${id}`).add(`${id} ${other}`);
    this.calls.push(id);
    const make = () => this.#ask(`${service}.${operation}` as ActivityName, input);
    const early = this.pace.answersLate ? make() : undefined;
    return new Promise((settle) => {
      // Stopping does not cut a call short: each call is one attempt, and the run waits for it, as with the real ports.
      this.#open.push({ id, operation: `${service}.${operation}`, work: () => early ?? make(), settle });
    });
  }

  async #ask(operation: ActivityName, input: CallRequest['input']): Promise<CallOutcome> {
    const differs = this.services.behaviour[operation] as
      ((input: unknown, healthy: () => Promise<unknown>) => Promise<unknown>) | undefined;
    const healthy = () => this.services.answer(input.key, operation, input);
    const call = { operation, key: input.key, input: input as never, local: true };
    this.services.calls.push(call);
    try {
      const answer = await (differs ? differs(input, healthy) : healthy());
      Object.assign(call, { outcome: 'ok' });
      return { kind: 'answer', answer, attempts: 1 };
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      Object.assign(call, { outcome: error.type });
      return { kind: 'rejected', failure: { code: error.type!, message: error.message }, attempts: 1 };
    }
  }

  #timer(): Timer {
    let fire!: () => void;
    const fired = new Promise<void>((resolve) => (fire = resolve));
    const timer = { fire };
    this.#timers.push(timer);
    const cancel = () => {
      const at = this.#timers.indexOf(timer);
      // A timer that has fired is not among them any more.
      if (at >= 0) this.#timers.splice(at, 1);
    };
    return { fired, cancel };
  }

  #picture(): string {
    const { status, failure, steps } = this.view;
    const states = steps.map((s) => `${s.id} ${s.state}${s.failure ? ` (${s.failure.code})` : ''}`);
    return JSON.stringify({ status, failure, states, open: this.#open.map((c) => c.id), calls: this.calls });
  }
}
