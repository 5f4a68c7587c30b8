import type { OrderView, ReturnView } from '../../../contracts/order.js';
import type { LoadedCode } from '../runtime/load.js';
import { clock } from '../runtime/load.js';
import { payloadConverter, WorkflowCode } from '../runtime/run-code.js';
import type { ModelledRun } from '../runtime/run.js';
import { ModelledServer } from '../runtime/server.js';
import type { Attempt, AttemptOutcome, Fate } from '../runtime/server.js';
import { Timeline } from '../runtime/timeline.js';
import { TurnPromise, forgetJobs } from '../runtime/turn-promise.js';
import { Choices } from './choices.js';
import type { Choice } from './choices.js';
import { fates } from './network.js';
import type { Network, Request, RequestFate } from './network.js';
import { firstStock } from './plan.js';
import type * as Parts from './simulated-parts.js';
import type { SimulatedParts } from './simulated-parts.js';

export type Mode = 'safety' | 'liveness';

/** What can be loaded once, and used for any number of worlds one after the other. */
export interface LoadedProduct {
  code: WorkflowCode;
  parts: typeof Parts;
  common: {
    defaultFailureConverter: { errorToFailure: (error: unknown, converter: unknown) => Record<string, unknown> };
    ensureApplicationFailure: (error: unknown) => Error;
  };
}

export function loadProduct(loaded: LoadedCode): LoadedProduct {
  return { code: new WorkflowCode(loaded), parts: loaded.entry('models'), common: loaded.entry('common') };
}

/** What came of the code itself: Temporal would block the run. */
export interface CodeTrouble {
  orderId: string;
  message: string;
}

/** When every simulated world begins. */
const beginning = Date.UTC(2026, 0, 5, 9);

export interface LifeOptions {
  seed: WorldSeed;
  mode: Mode;
  /** Check every value that goes over the network against the contracts. */
  checksValues?: boolean;
}

export type WorldSeed = { seed: number; isKept?: boolean } | { choices: readonly Choice[] };

/** Called when a service has done something. */
export interface Listener {
  published: (view: OrderView) => void;
  returnsPublished: (orderId: string, returns: ReturnView[]) => void;
  booked: (parcel: { shipmentId: string; orderId: string; carrier: string }) => void;
}

/** One simulated world: the server, the services and the network between them, on virtual time. */
export class World {
  readonly timeline = new Timeline(beginning);
  readonly choices: Choices;
  readonly server: ModelledServer;
  readonly parts: SimulatedParts;
  readonly trouble: CodeTrouble[] = [];
  /** How often each fault came. */
  readonly faults: Record<string, number> = {};
  /** Until when things go wrong. */
  faultsUntil: number;
  listener: Listener | undefined;
  /** How often requests go wrong, and how often workers die. */
  readonly #faultRate: number;
  readonly #deathRate: number;
  #sweptAt = 0;

  constructor(
    readonly product: LoadedProduct,
    seed: WorldSeed,
    readonly mode: Mode,
    { checksValues = false }: Pick<LifeOptions, 'checksValues'>,
  ) {
    forgetJobs();
    clock.now = beginning;
    const elapsed = () => this.timeline.now - beginning;
    this.choices =
      'seed' in seed
        ? Choices.fromSeed(seed.seed, elapsed, seed.isKept ? { isKept: true } : {})
        : Choices.fromList(seed.choices, elapsed);
    this.#faultRate = this.isDrawn(seed) ? this.choices.pick('(fault rate)', 0.8, [0, 0.01, 0.04, 0.12, 0.3]) : 1;
    this.#deathRate = this.isDrawn(seed) ? this.choices.pick('(death rate)', 0.6, [0, 0.01, 0.04, 0.15]) : 1;
    this.faultsUntil = mode === 'liveness' ? beginning + 30 * 60_000 : Infinity;
    this.server = new ModelledServer(product.code, this.timeline, this.fate());
    this.parts = product.parts.partsFor({
      now: () => this.timeline.now,
      wait: (ms) => this.wait(ms),
      checksValues,
      network: this.network(),
    });
    const { inventory } = this.parts.services;
    for (const [sku, warehouse, available] of firstStock) inventory.put(sku, warehouse, available);
  }

  get now(): number {
    return this.timeline.now;
  }

  get elapsedMs(): number {
    return this.timeline.now - beginning;
  }

  get isFaulty(): boolean {
    return this.timeline.now < this.faultsUntil;
  }

  private isDrawn(seed: WorldSeed): boolean {
    return 'seed' in seed;
  }

  private wait(ms: number): Promise<void> {
    return new TurnPromise((resolve) => {
      this.timeline.in(ms, () => resolve());
    }) as unknown as Promise<void>;
  }

  private network(): Network {
    const { choices } = this;
    return {
      fate: (service, operation) => {
        if (service === 'inventory') this.sweep();
        if (!this.isFaulty) return 'answered';
        const fate = choices.pick<RequestFate>(`${service}.${operation}`, this.#faultRate, fates);
        if (fate !== 'answered') this.count(fate);
        return fate;
      },
      latencyMs: (service, operation) =>
        choices.pick(`the latency of ${service}.${operation}`, 0.4, [5, 1, 2, 10, 20, 50, 300]),
      lateMs: (service, operation) =>
        choices.pick(`the delay of ${service}.${operation}`, 0.7, [700, 1500, 200, 4000, 9000, 30_000, 600_000]),
      wait: (ms) => this.wait(ms),
      arrived: (service, operation, request, answer) => this.arrived(service, operation, request, answer),
    };
  }

  /** Inventory gives back once a second what was held too long. */
  private sweep(): void {
    if (this.now - this.#sweptAt < 1000) return;
    this.#sweptAt = this.now;
    this.parts.services.inventory.sweep();
  }

  private arrived(service: string, operation: string, request: Request, _answer: unknown): void {
    const body = request.body as never;
    if (service === 'orders' && operation === 'publish') {
      this.listener?.published((body as { view: OrderView }).view);
    } else if (service === 'orders' && operation === 'publishReturns') {
      const { returns } = body as { returns: ReturnView[] };
      this.listener?.returnsPublished(request.params!.orderId as string, returns);
    } else if (service === 'shipping' && operation === 'book') this.listener?.booked(body);
  }

  private fate(): Fate {
    const { choices } = this;
    return {
      taskDelayMs: () => choices.pick('the delay of a workflow task', 0.3, [1, 0, 5, 40, 500]),
      taskDies: () => this.happens('the worker dies', this.#deathRate),
      forgets: () => this.happens('the worker forgets the run', this.#deathRate),
      attempt: (attempt, done) => this.attempt(attempt, done),
      bug: (run, error) => this.bug(run, error),
    };
  }

  /** Whether a fault comes here. */
  private happens(place: string, rate: number, fault = place): boolean {
    const comes = this.isFaulty && this.choices.pick(place, rate, [false, true]);
    if (comes) this.count(fault);
    return comes;
  }

  private count(fault: string): void {
    this.faults[fault] = (this.faults[fault] ?? 0) + 1;
  }

  private attempt(attempt: Attempt, done: (outcome: AttemptOutcome) => void): void {
    const act = this.parts.activities[attempt.type];
    if (!act) throw new Error(`There is no activity ${attempt.type}.`);
    const { isLocal, workflowId, runId, type } = attempt;
    // The worker of an ordinary attempt dies: its request is not sent, and nobody answers.
    if (!isLocal && this.happens(`the worker of ${type} dies`, this.#deathRate / 2, 'the worker of a call dies')) {
      return;
    }
    this.product.parts.beginAttempt(
      { isLocal, attempt: attempt.attempt, workflowExecution: { workflowId, runId } },
      neverAborted,
    );
    const promise = act(attempt.args[0]) as unknown as TurnPromise<unknown>;
    promise.react(
      (value) => this.timeline.afterRest(() => done({ kind: 'answer', value })),
      (error) => this.timeline.afterRest(() => done(this.failed(error))),
      undefined,
    );
  }

  private failed(error: unknown): AttemptOutcome {
    const { common } = this.product;
    const failure = common.defaultFailureConverter.errorToFailure(
      common.ensureApplicationFailure(error),
      payloadConverter,
    );
    const { nonRetryable, nextRetryDelay } = (failure.applicationFailureInfo ?? {}) as {
      nonRetryable?: boolean;
      nextRetryDelay?: { seconds?: { toNumber: () => number } };
    };
    const retryInMs = nextRetryDelay?.seconds ? nextRetryDelay.seconds.toNumber() * 1000 : undefined;
    return { kind: 'failure', failure, isFinal: nonRetryable === true, retryInMs };
  }

  private bug(run: ModelledRun, error: unknown): void {
    const orderId = run.identity.workflowId.replace(/^[^:]*:/, '');
    const message = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
    this.trouble.push({ orderId, message: `${run.identity.workflowId}: ${message}` });
  }
}

/** A real one would keep everybody who listens. */
const neverAborted = { aborted: false, addEventListener: () => {} } as unknown as AbortSignal;
