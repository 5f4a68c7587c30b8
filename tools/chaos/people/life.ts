import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { OrderView, PlaceOrder } from '../../../contracts/order.js';
import { isEnded } from '../../../contracts/statuses.js';
import { orderIdFor } from '../../../src/temporal/ids.js';
import type { OutsideEvent } from '../../../workflows/events.js';
import { HttpRejection, type Http } from '../../cli/http.js';
import type { OrderFeed } from '../../cli/order-feed.js';
import { sendWebhook } from '../../cli/webhook.js';
import { webhookKinds, type Fired, type WebhookKind } from '../kinds.js';
import { shareOf } from '../random.js';
import { operatorKey, shopId, shopKey } from '../system.js';

/** Something that somebody does once, as soon as the order is in the right state. */
export interface Move {
  name: string;
  when: (view: OrderView) => boolean;
  /** Resolves with `refused` when the order was in another state by then. */
  act: (life: Life, view: OrderView) => Promise<void | 'refused'>;
}

/** A way that orders go: how they are placed, and what people do. */
export interface Way {
  name: string;
  order: Partial<PlaceOrder>;
  moves: readonly Move[];
  /** The life also ends here: nobody does anything more. */
  rests?: (view: OrderView) => boolean;
}

export interface Surroundings {
  seed: number;
  http: Http;
  feed: OrderFeed;
  fired: Fired;
  secrets: Record<'payment' | 'carrier', string>;
  /** Faults of webhooks happen only while this is true. */
  faulty: () => boolean;
  /** Something that must never happen. */
  wrong: (what: string) => void;
}

/** A command is refused when the order changes at that moment. More often it means that nobody can do it any more. */
const mostRefusals = 5;

const forgedSecret = `whsec_${Buffer.from('somebody who is no carrier').toString('base64')}`;

/** What happens to one order, and who does it: the shop, its customer, an operator, the payment provider and the carrier. */
export class Life {
  readonly orderId: string;
  view: OrderView | undefined;
  private readonly later: Promise<void>[] = [];

  constructor(
    readonly reference: string,
    readonly way: Way,
    private readonly world: Surroundings,
  ) {
    this.orderId = orderIdFor(shopId, reference);
  }

  /** Resolves when nobody has anything to do any more. Whatever is not answered is sent again with the same key. */
  async live(): Promise<OrderView> {
    const { feed } = this.world;
    feed.watch(this.orderId);
    await this.place();
    const left = [...this.way.moves];
    for (let [retries, refusals] = [0, 0]; ;) {
      const view = await feed.until(this.orderId, (now) => {
        this.view = now;
        return left.some(({ when }) => when(now)) || needsOperator(now) !== undefined || this.isOver(now);
      });
      const due = left.findIndex(({ when }) => when(view));
      const needed = needsOperator(view);
      if (due >= 0) {
        const [move] = left.splice(due, 1);
        if ((await move!.act(this, view)) === 'refused' && (refusals += 1) < mostRefusals) {
          left.push(move!);
          await sleep(1_000);
        }
      } else if (needed === 'resolve') {
        retries += 1;
        await this.command(`resolve-${retries}`, 'resolve', { action: 'retry', step: view.failure!.step }, operatorKey);
        await feed.until(this.orderId, (now) => now.updatedAt !== view.updatedAt);
      } else if (needed !== undefined) {
        await this.command(`review-${needed.id}`, `returns/${needed.id}/review`, { decision: 'approve' }, operatorKey);
        const isReviewed = (now: OrderView) =>
          now.returns.some(({ id, status }) => id === needed.id && status !== 'requested');
        await feed.until(this.orderId, isReviewed);
      } else {
        await Promise.all(this.later);
        // What somebody has just done may not show yet in the view that is known.
        const fresh = await feed.refresh(this.orderId);
        if (left.some(({ when }) => when(fresh)) || needsOperator(fresh) !== undefined || !this.isOver(fresh)) {
          await sleep(1_000);
          continue;
        }
        feed.forget(this.orderId);
        return (this.view = fresh);
      }
    }
  }

  private async place(): Promise<void> {
    const { http, feed } = this.world;
    const send = () =>
      http.send<OrderView>('api', 'POST', '/v1/orders', {
        headers: { authorization: `Bearer ${shopKey}`, 'idempotency-key': this.reference },
        body: { ...anOrder, reference: this.reference, ...this.way.order },
      });
    // Some shops are impatient.
    const twice = shareOf(`${this.world.seed} places twice ${this.reference}`) < 0.1;
    const [placed, again] = await Promise.all([send(), ...(twice ? [send()] : [])]);
    if (again && again.body.id !== placed.body.id) this.world.wrong(`two orders for the key ${this.reference}`);
    if (placed.body.id !== this.orderId) this.world.wrong(`the order of the key ${this.reference} has another id`);
    feed.note(placed.body);
  }

  /** Sends a command. A refusal is an answer: the order is in another state by now. */
  async command(move: string, path: string, body: object, key = shopKey): Promise<void | 'refused'> {
    const { http, feed } = this.world;
    const isAmend = path === 'amend';
    try {
      const route = `/v1/orders/${this.orderId}${isAmend ? '' : `/${path}`}`;
      const answer = await http.send<OrderView>('api', isAmend ? 'PATCH' : 'POST', route, {
        headers: { authorization: `Bearer ${key}`, 'idempotency-key': `${this.reference}:${move}` },
        body,
      });
      feed.noteAnswer(answer.body);
    } catch (error) {
      if (!(error instanceof HttpRejection) || error.status !== 409) throw error;
      await feed.refresh(this.orderId);
      return 'refused';
    }
  }

  /**
   * The payment provider or the carrier reports something.
   *
   * @param next what is reported after it, for reports in the wrong order.
   */
  async report(type: OutsideEvent['type'], data: OutsideEvent['data'] = {}, next?: () => Promise<void>): Promise<void> {
    const fault = this.faultOf(type, data, next !== undefined);
    if (fault) this.world.fired.count(fault);
    switch (fault) {
      case 'webhook-forged':
        await this.forge(type, data);
        return this.send(type, data);
      case 'webhook-duplicate':
        await Promise.all([this.send(type, data), this.send(type, data)]);
        return this.send(type, data);
      case 'webhook-reordered':
        await next!();
        return this.send(type, data);
      case 'webhook-late':
        await this.send(type, data);
        // The same message again, when the order has gone on.
        this.sendLater(type, data);
        return;
      default:
        return this.send(type, data);
    }
  }

  private faultOf(type: string, data: OutsideEvent['data'], hasNext: boolean): WebhookKind | undefined {
    const { seed, faulty, fired } = this.world;
    if (!faulty() || shareOf(`${seed} webhook ${this.idOf(type, data)}`) >= 0.4) return undefined;
    return fired.leastOf(webhookKinds.filter((kind) => kind !== 'webhook-reordered' || hasNext));
  }

  private idOf(type: string, { shipmentId, returnId, amount }: OutsideEvent['data']): string {
    return [this.orderId, type, shipmentId ?? returnId ?? amount].filter((part) => part !== undefined).join(':');
  }

  private async send(type: OutsideEvent['type'], data: OutsideEvent['data']): Promise<void> {
    const { http, secrets } = this.world;
    const timestamp = this.timeOf(type);
    await sendWebhook(http, secrets, {
      id: this.idOf(type, data),
      type,
      timestamp,
      data: { orderId: this.orderId, ...data },
    });
  }

  private sendLater(type: OutsideEvent['type'], data: OutsideEvent['data']): void {
    // Where the run is stopped meanwhile, it need not be waited for.
    const pause = sleep(4_000 + 6_000 * shareOf(`${this.reference} ${type}`), undefined, { ref: false });
    const sent = pause.then(() => this.send(type, data));
    // It counts at the end of the life, if there is one.
    sent.catch(() => undefined);
    this.later.push(sent);
  }

  /** A message is the same each time it is sent. */
  private readonly times = new Map<string, string>();
  private timeOf(type: string): string {
    const known = this.times.get(type) ?? new Date().toISOString();
    this.times.set(type, known);
    return known;
  }

  /** Somebody without the secret sends the same. */
  private async forge(type: OutsideEvent['type'], data: OutsideEvent['data']): Promise<void> {
    const route = type.startsWith('payment.') ? 'payment' : 'carrier';
    const id = `${this.idOf(type, data)}:forged`;
    const body = JSON.stringify({ type, timestamp: this.timeOf(type), data: { orderId: this.orderId, ...data } });
    try {
      await this.world.http.send('api', 'POST', `/v1/webhooks/${route}`, {
        headers: () => {
          const now = new Date();
          return {
            'webhook-id': id,
            'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
            'webhook-signature': new Webhook(forgedSecret).sign(id, now, body),
          };
        },
        body,
      });
      this.world.wrong(`the forged webhook ${id} was taken`);
    } catch (error) {
      if (!(error instanceof HttpRejection)) throw error;
      if (error.status !== 401) this.world.wrong(`the forged webhook ${id} was answered ${error.status}`);
    }
  }

  private isOver(view: OrderView): boolean {
    return isAtRest(view) || (this.way.rests?.(view) ?? false);
  }
}

/** The order has ended, its undo and its returns too. */
function isAtRest(view: OrderView): boolean {
  return (
    isEnded(view.status) &&
    isSettled(view) &&
    !view.steps.some(({ state }) => state === 'pending') &&
    view.returns.every(({ status }) => status === 'closed' || status === 'rejected')
  );
}

/** No call is under way. */
export function isSettled(view: OrderView): boolean {
  return !view.steps.some(({ state }) => state === 'running' || state === 'undoing');
}

/** Somebody has to look at a step that has failed, or at a return. */
function needsOperator(view: OrderView): 'resolve' | OrderView['returns'][number] | undefined {
  if (view.status === 'needs_attention') return view.possible.includes('resolve') ? 'resolve' : undefined;
  return view.returns.find(({ status }) => status === 'requested');
}

const anOrder: PlaceOrder = {
  customerId: 'customer-1',
  currency: 'EUR',
  lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250 }],
  shippingFee: 490,
  payment: { method: 'card', token: 'tok_ok' },
  shippingAddress: {
    name: 'Ada Example',
    line1: '1 Example Street',
    city: 'Berlin',
    postalCode: '10115',
    country: 'DE',
  },
  carrier: 'external',
};
