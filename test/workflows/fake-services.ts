import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivitiesByName, ActivityName } from '../../activities/index.js';
import type { NumberedAnswer } from '../../activities/service-call.js';
import type { OrderView } from '../../contracts/order.js';
import type { LatePayment, LatePaymentsPublication, OrderPublication } from '../../contracts/publication.js';
import { FakeCarrier, FakeInventory, FakePayment } from './fake-books.js';
import type { Stock } from './fake-books.js';
import { fault, unexpected } from './misbehaviour.js';

/** Replaces the answers of single operations for one order. `healthy` makes the call as a healthy service would. */
export type Behaviour = {
  [Name in ActivityName]?: (
    input: Parameters<ActivitiesByName[Name]>[0],
    healthy: () => ReturnType<ActivitiesByName[Name]>,
  ) => ReturnType<ActivitiesByName[Name]>;
};

export interface RecordedCall {
  operation: ActivityName;
  key: string;
  input: Record<string, unknown>;
  /** True for a local activity, false for a queued one. */
  local: boolean;
  /** `ok` or the type of the failure; undefined while the call has no answer. */
  outcome?: string;
}

/** The services and the order book as one order sees them. They keep real balances and record every call. */
export class FakeServices {
  readonly calls: RecordedCall[] = [];
  readonly publications: OrderPublication[] = [];
  readonly inventory: FakeInventory;
  readonly payment = new FakePayment();
  /** Payments that the run of late payments has published. */
  readonly latePayments: LatePayment[] = [];
  readonly carrier = new FakeCarrier();
  readonly #answers = new Map<string, Promise<unknown>>();
  readonly #watchers = new Set<() => void>();
  #mended = false;
  #endHanging!: () => void;
  readonly #hangingEnded = new Promise<never>((_resolve, reject) => (this.#endHanging = () => reject(fault())));
  /** Every activity as healthy services perform it. A missing activity does not compile. */
  readonly operations: ActivitiesByName;

  constructor(
    readonly orderId: string,
    readonly behaviour: Behaviour = {},
    stock?: Stock,
  ) {
    this.inventory = new FakeInventory(orderId, stock);
    this.operations = this.#healthy();
    this.#hangingEnded.catch(() => undefined);
  }

  /** The latest view that the book has stored. */
  get view(): OrderView | undefined {
    return this.publications.at(-1)?.view;
  }

  /** Operations that took effect, in the order of their calls, each key once. */
  get effects(): ActivityName[] {
    return this.effectCalls.map((c) => c.operation);
  }

  get effectCalls(): RecordedCall[] {
    const ok = this.calls.filter((c) => c.outcome === 'ok');
    return ok.filter((c, i) => ok.findIndex((d) => d.key === c.key && d.operation === c.operation) === i);
  }

  callsOf(operation: ActivityName): RecordedCall[] {
    return this.calls.filter((c) => c.operation === operation);
  }

  /** Makes all services healthy from now on, and ends the calls that still hang. */
  mend(): void {
    this.#mended = true;
    this.#endHanging();
  }

  /** Events that the customer was notified of. */
  get told(): string[] {
    return this.effectCalls.filter((c) => c.operation === 'notification.notify').map((c) => String(c.input.event));
  }

  /** Resolves when the test is true. It is evaluated again at each call, answer and publication. */
  async until(test: () => boolean, what: () => string = () => 'not so in time'): Promise<void> {
    if (test()) return;
    let late: NodeJS.Timeout | undefined;
    let watcher: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        watcher = () => {
          if (test()) resolve();
        };
        this.#watchers.add(watcher);
        late = setTimeout(() => reject(new Error(what())), 20_000);
      });
    } finally {
      clearTimeout(late);
      this.#watchers.delete(watcher!);
    }
  }

  /** Performs one activity. The test's workers call it. */
  async perform(operation: ActivityName, input: Record<string, unknown>): Promise<unknown> {
    const { isLocal, attempt } = activityInfo();
    const call: RecordedCall = { operation, key: (input.key as string | undefined) ?? '', input, local: isLocal };
    const toBook = operation.startsWith('orders.');
    if (!toBook) this.calls.push(call);
    this.#changed();
    try {
      if (!toBook && !/^[\x20-\x7e]{1,255}$/.test(call.key)) throw unexpected(`the key ${call.key} cannot be taken`);
      const healthy = () => this.#store(operation, input) ?? this.answer(call.key, operation, input);
      const differs = this.behaviour[operation] as
        ((input: unknown, healthy: () => Promise<unknown>) => Promise<unknown>) | undefined;
      const answer = await (differs && !this.#mended
        ? Promise.race([differs(input, healthy), this.#hangingEnded])
        : healthy());
      call.outcome = 'ok';
      return isLocal || toBook ? answer : ({ answer, attempt } satisfies NumberedAnswer<unknown>);
    } catch (error) {
      call.outcome = error instanceof ApplicationFailure ? (error.type ?? 'failure') : 'bug';
      throw error instanceof ApplicationFailure ? attempted(error, attempt) : error;
    } finally {
      this.#changed();
    }
  }

  /** Keeps the answer to each key and repeats it, rejections included. Each service has its own keys, as real ones do. */
  answer(key: string, operation: ActivityName, input: object): Promise<unknown> {
    const service = operation.split('.')[0]!;
    const kept = this.#answers.get(`${service} ${key}`);
    if (kept) return kept;
    const make = this.operations[operation] as (input: object) => Promise<unknown>;
    const answer = Promise.resolve().then(() => make(input));
    this.#answers.set(`${service} ${key}`, answer);
    return answer;
  }

  /** Stores a publication. Publications have no key, because the book merges them. */
  #store(operation: ActivityName, input: Record<string, unknown>): Promise<number> | undefined {
    if (operation === 'orders.publish') {
      this.publications.push(input as unknown as OrderPublication);
      return Promise.resolve(this.publications.length);
    }
    if (operation !== 'orders.publishLatePayments') return undefined;
    const { payments } = input as unknown as LatePaymentsPublication;
    const known = new Set(this.latePayments.map(({ id }) => id));
    this.latePayments.push(...payments.filter(({ id }) => !known.has(id)));
    return Promise.resolve(0);
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #healthy(): ActivitiesByName {
    const { inventory, payment, carrier } = this;
    const answer = <T>(value: T) => Promise.resolve(value);
    return {
      'inventory.reserve': ({ lines }) => answer(inventory.reserve(lines)),
      'inventory.release': ({ shipmentId, replacementOf }) => answer(inventory.release(shipmentId, replacementOf)),
      'inventory.renew': () => answer(inventory.renew()),
      'inventory.reduce': ({ lines }) => answer(inventory.reduce(lines)),
      'inventory.commit': () => answer(inventory.commit()),
      'inventory.uncommit': () => answer(inventory.uncommit()),
      'inventory.replace': ({ lostShipmentId }) => answer(inventory.replace(lostShipmentId)),
      'inventory.stopReplacing': ({ lostShipmentId }) => answer(inventory.stopReplacing(lostShipmentId)),
      'inventory.parcels': () => answer(inventory.reservation().parcels),
      'inventory.restock': ({ shipmentId, lines }) => answer(inventory.restock(shipmentId, lines)),
      'payment.screen': () => answer({ outcome: 'pass' as const }),
      'payment.authorize': ({ amount }) => answer(payment.authorize(amount)),
      'payment.record': ({ amount, providerRef }) => answer(payment.authorize(amount, providerRef)),
      'payment.giveBack': ({ providerRef }) => answer({ isOwn: payment.knows(providerRef) }),
      'payment.void': () => answer(payment.void()),
      'payment.reduce': ({ amount }) => answer(payment.reduce(amount)),
      'payment.capture': ({ amount }) => answer(payment.capture(amount)),
      'payment.refund': ({ amount }) => answer(payment.refund(amount)),
      'payment.settle': () => answer(payment.settle()),
      'payment.taken': () => answer(payment.taken(`${this.orderId}-east`)),
      'shipping.book': ({ shipmentId }) => answer(carrier.book(shipmentId)),
      'shipping.cancel': ({ shipmentId }) => answer(carrier.cancel(shipmentId)),
      'notification.notify': () => answer(undefined),
      'orders.publish': () => answer(0),
      'orders.awaitBook': () => answer(undefined),
      'orders.load': () => answer(null),
      'orders.publishReturns': () => answer(0),
      'orders.publishLatePayments': () => answer(undefined),
    };
  }
}

/** Adds the number of the attempt to the failure's details, as a real activity does. */
function attempted(error: ApplicationFailure, attempt: number): ApplicationFailure {
  return ApplicationFailure.create({
    message: error.message,
    ...(error.type === undefined || error.type === null ? {} : { type: error.type }),
    nonRetryable: error.nonRetryable === true,
    details: [{ attempt }],
  });
}
