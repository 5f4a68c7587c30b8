import type { OrderView } from '../../../contracts/order.js';
import type { Answer } from '../../check/observation.js';
import type { UpdateAnswer } from '../runtime/server.js';
import type { OrderPlan } from './plan.js';
import type { World } from './world.js';

type RequestFate = 'arrives' | 'is lost' | 'the answer is lost' | 'arrives late';

type By = 'shop' | 'operator';

/** What the API does, as far as the order of things matters: it sends commands and news to the runs, and answers from the book. */
export class Api {
  readonly answers: Answer[] = [];
  readonly plans = new Map<string, OrderPlan>();
  #keys = 0;

  constructor(private readonly world: World) {}

  place(plan: OrderPlan): void {
    const { world } = this;
    const { orderId } = plan.input;
    this.plans.set(orderId, plan);
    world.server.start({
      type: 'processOrder',
      workflowId: `order:${orderId}`,
      args: [plan.input],
      memo: { fingerprint: plan.fingerprint },
    });
    const { now } = world;
    this.answers.push({ kind: 'place', askedAt: now, answeredAt: now, status: 202, orderId, sent: plan.input.order });
  }

  /** The order as the book has it. */
  view(orderId: string): OrderView | undefined {
    return this.world.parts.services.orders.read(orderId)?.view;
  }

  /** Sends a command to the order's run. `then` is told the status of the answer. */
  command(orderId: string, name: string, body: unknown, by: By, then: (status: number) => void = () => {}): void {
    const { world } = this;
    const key = `key-${(this.#keys += 1)}`;
    const input = { fingerprint: `${name} ${JSON.stringify(body)}`, by: { role: by, name: by }, body };
    const answer: Answer = { kind: 'command', askedAt: world.now, orderId, key, name, by, sent: body };
    this.answers.push(answer);
    const fate = this.#fate(`command ${name}`);
    const send = (round: number): void => {
      const id = round === 1 ? key : `${key}#${round}`;
      world.server.update(`order:${orderId}`, { id, name, input }, (outcome) => {
        // A refusal that Temporal keeps is decided again, under another id.
        if (outcome.kind === 'refused' && isKept(outcome.failure)) send(round + 1);
        else if (outcome.kind === 'closed') this.#withoutRun(answer, then);
        else this.#answer(answer, outcome, then, fate === 'the answer is lost');
      });
    };
    this.#deliver(fate, () => send(1));
  }

  /** News about an order, which its sender repeats until the API takes it. */
  news(orderId: string, type: string, data: Record<string, unknown>, id: string): void {
    const { world } = this;
    const happenedAt = new Date(world.now).toISOString();
    const by = type.startsWith('payment.') ? ('provider' as const) : ('carrier' as const);
    const once = () => {
      const answer: Answer = { kind: 'webhook', askedAt: world.now, orderId, key: id, name: type, by, sent: data };
      this.answers.push(answer);
      const applied = this.#takeNews(orderId, type, { id, timestamp: happenedAt, data });
      Object.assign(answer, { answeredAt: world.now, status: 200, body: { applied } });
    };
    const delayMs = world.choices.pick(`the delay of ${type}`, 0.3, [20, 0, 1, 300, 2000, 60_000, 3_600_000]);
    world.timeline.in(delayMs, once);
    if (world.choices.pick(`${type} comes again`, 0.15, [false, true])) {
      world.timeline.in(world.choices.pick(`the second ${type}`, 0.6, [50, 0, 5000, 90_000]), once);
    }
  }

  /** Asks for a return, in the run of the order's returns, which starts for that. */
  requestReturn(orderId: string, returnId: string, lines: { sku: string; quantity: number }[]): void {
    this.#toReturns(orderId, 'requestReturn', { returnId, lines, reason: 'does not fit' }, 'shop', 'return', true);
  }

  reviewReturn(orderId: string, returnId: string, decision: 'approve' | 'reject'): void {
    this.#toReturns(orderId, 'reviewReturn', { returnId, decision }, 'operator', 'reviewReturn', true);
  }

  retryReturn(orderId: string, returnId: string): void {
    this.#toReturns(orderId, 'retryReturn', { returnId }, 'operator', 'retryReturn', false);
  }

  /**
   * An operator abandons an order whose run was terminated.
   *
   * @returns false for an order that has ended: readers have seen its end, although its run did not come to record it.
   */
  settle(orderId: string): boolean {
    const { product, server } = this.world;
    const { fingerprint, input } = this.plans.get(orderId)!;
    const view = product.parts.haltedView(this.view(orderId) ?? product.parts.initialView(input), 'terminated');
    if (view.failure?.code !== 'terminated') return false;
    server.start({
      type: 'settleOrder',
      workflowId: `settle:${orderId}`,
      args: [{ view, fingerprint }],
      memo: { fingerprint },
    });
    return true;
  }

  #fate(what: string): RequestFate {
    if (!this.world.isFaulty) return 'arrives';
    return this.world.choices.pick(what, 0.06, ['arrives', 'the answer is lost', 'is lost', 'arrives late']);
  }

  #deliver(fate: RequestFate, send: () => void): void {
    if (fate === 'is lost') return;
    if (fate === 'arrives late') this.world.timeline.in(10_000, send);
    else send();
  }

  #answer(answer: Answer, outcome: UpdateAnswer, then: (status: number) => void, isLost: boolean): void {
    const { orderId } = answer;
    const status = outcome.kind === 'answer' ? 200 : statusOf((outcome as { failure: unknown }).failure);
    if (!isLost) {
      const body = status === 200 ? this.view(orderId!) : undefined;
      Object.assign(answer, { answeredAt: this.world.now, status, ...(body && { body: copyOf(body) }) });
    }
    this.world.timeline.in(0, () => then(status));
  }

  /** The order has ended, or its run was ended from outside: an operator can have it settled. */
  #withoutRun(answer: Answer, then: (status: number) => void): void {
    const { orderId, name, by, sent } = answer;
    const run = this.world.server.latest(`order:${orderId}`);
    const isTerminated = run?.status === 'terminated';
    const isAbandon = name === 'resolve' && (sent as { action: string }).action === 'abandon' && by === 'operator';
    const status = isTerminated && isAbandon && this.settle(orderId!) ? 200 : 409;
    Object.assign(answer, { answeredAt: this.world.now, status });
    this.world.timeline.in(0, () => then(status));
  }

  /** @returns whether it was sent to a run. */
  #takeNews(
    orderId: string,
    type: string,
    news: { id: string; timestamp: string; data: Record<string, unknown> },
  ): boolean {
    const { server } = this.world;
    if (type === 'return.received') {
      return server.signal(`returns:${orderId}`, type, news) || this.#restartReturns(orderId, news);
    }
    if (server.signal(`order:${orderId}`, type, news)) return true;
    if (type !== 'payment.succeeded') return false;
    const workflowId = `late-payment:${orderId}`;
    server.start({ type: 'processLatePayment', workflowId, args: [{ orderId, payments: [] }] });
    return server.signal(workflowId, type, news);
  }

  /** The run of the returns was ended from outside, with returns that are open. */
  #restartReturns(orderId: string, news: { data: Record<string, unknown> }): boolean {
    const back = this.view(orderId)?.returns.find(({ id }) => id === news.data.returnId);
    if (!back || !['requested', 'approved'].includes(back.status)) return false;
    this.#startReturns(orderId);
    return this.world.server.signal(`returns:${orderId}`, 'return.received', news);
  }

  #startReturns(orderId: string): void {
    const { server, product } = this.world;
    const { input } = this.plans.get(orderId)!;
    const { name, version } = product.parts.returnVersions.at(-1)!;
    const args = [
      {
        orderId,
        shopId: input.shopId,
        process: { name, version },
        returnReviewLimit: 4000,
        stepRetryBudgetMs: input.stepRetryBudgetMs,
      },
    ];
    server.start({ type: 'processReturns', workflowId: `returns:${orderId}`, args });
  }

  #toReturns(orderId: string, name: string, body: unknown, by: By, shown: string, starts: boolean): void {
    const { world } = this;
    const id = `key-${(this.#keys += 1)}`;
    const input = { fingerprint: `${name} ${JSON.stringify(body)}`, by: { role: by, name: by }, body };
    const answer: Answer = { kind: 'command', askedAt: world.now, orderId, key: id, name: shown, by, sent: body };
    this.answers.push(answer);
    const fate = this.#fate(`command ${shown}`);
    const send = (rounds: number): void => {
      if (starts) this.#startReturns(orderId);
      world.server.update(`returns:${orderId}`, { id: rounds === 1 ? id : `${id}#2`, name, input }, (outcome) => {
        if (outcome.kind === 'closed' && starts && rounds > 0) send(rounds - 1);
        else if (outcome.kind !== 'closed') this.#answer(answer, outcome, () => {}, fate === 'the answer is lost');
      });
    };
    this.#deliver(fate, () => send(1));
  }
}

function failureOf(failure: unknown): { type?: string; details?: { payloads?: { v: unknown }[] } } {
  return (failure as { applicationFailureInfo?: object }).applicationFailureInfo ?? {};
}

function isKept(failure: unknown): boolean {
  return (failureOf(failure).details?.payloads?.[0]?.v as { kept?: boolean } | undefined)?.kept === true;
}

const statuses: Record<string, number> = {
  validation_failed: 422,
  unknown_step: 422,
  not_skippable: 422,
  return_exceeds_delivered: 422,
  not_found: 404,
  not_processed_yet: 503,
};

function statusOf(failure: unknown): number {
  return statuses[failureOf(failure).type ?? ''] ?? 409;
}

/** Views in the book do not change, but fields of them are shared. */
function copyOf(view: OrderView): OrderView {
  return { ...view };
}
