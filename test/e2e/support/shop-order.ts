import { randomUUID } from 'node:crypto';
import type { OrderView, StepView } from '../../../contracts/order.js';
import { isEnded, type OrderStatus, type ShipmentStatus, type StepState } from '../../../contracts/statuses.js';
import { NoProgress } from '../../../tools/cli/order-feed.js';
import type { EventType, OutsideEvent } from '../../../workflows/events.js';
import type { Answer, Problem } from '../../api/support/caller.js';
import { sendWebhook } from '../../api/support/webhook.js';
import type { Shop } from './shop.js';

type Data = OutsideEvent['data'];

/** The services' records of an order. None of it comes from the order's own run. */
export interface Books {
  authorized: number;
  captured: number;
  refunded: number;
  /** Amounts of the captures, in the order they were made. */
  captures: number[];
  /** How often an authorization was made. */
  authorizations: number;
  /** Pieces that are still reserved for or sold to the order: neither released nor restocked. */
  held: number;
  /** State of each booking at the carrier, sorted. */
  bookings: string[];
}

/** One order of a {@link Shop}, with the actions of customers, operators, the payment provider and the carrier. */
export class ShopOrder {
  readonly id: string;

  constructor(
    private readonly shop: Shop,
    /** The answer to the placement. */
    readonly placed: OrderView,
  ) {
    this.id = placed.id;
    shop.feed.watch(this.id);
    shop.feed.note(placed);
  }

  /** Waits until the view passes the test. @throws {Error} with the state of the order, when it shows no change for long. */
  async until(test: (view: OrderView) => boolean): Promise<OrderView> {
    try {
      return await this.shop.feed.until(this.id, test);
    } catch (error) {
      if (!(error instanceof NoProgress) || !error.view) throw error;
      throw new Error(`${error.message}: ${describe(error.view)}`, { cause: error });
    }
  }

  /** Waits for a status. @throws {Error} when the order ends in another one. */
  async is(status: OrderStatus): Promise<OrderView> {
    const view = await this.until((now) => now.status === status || isEnded(now.status));
    if (view.status !== status) throw new Error(`awaited ${status}: ${describe(view)}`);
    return view;
  }

  /** Waits until the order has ended in a status, with its leaves and its undo. */
  async ended(status: OrderStatus): Promise<OrderView> {
    await this.is(status);
    return this.until((view) => !view.steps.some(({ state }) => isGoingOn(state)));
  }

  /** Waits until all parcels, or the one of a warehouse, have a status. */
  parcels(status: ShipmentStatus, warehouse?: string): Promise<OrderView> {
    return this.until(({ shipments }) => {
      const meant = shipments.filter((each) => warehouse === undefined || each.warehouse === warehouse);
      return meant.length > 0 && meant.every((each) => each.status === status);
    });
  }

  async read(): Promise<OrderView> {
    const { status, body } = await this.shop.caller.get(`/v1/orders/${this.id}`);
    if (status !== 200) throw new Error(`GET answered ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Sends a command such as `cancel`. The answer may be a problem. */
  async tell(command: string, body: object = {}, role: 'shop' | 'operator' = 'shop'): Promise<Answer<Told>> {
    const caller = role === 'shop' ? this.shop.caller : this.shop.operator;
    const answer = await caller.post<Told>(`/v1/orders/${this.id}/${command}`, body);
    if (answer.status === 200) this.shop.feed.noteAnswer(answer.body);
    return answer;
  }

  async amend(body: object): Promise<Answer<Told>> {
    return this.shop.caller.patch<Told>(`/v1/orders/${this.id}`, body);
  }

  /** Sends a webhook, a new message on each call. @returns whether it was handed to the order. */
  async hear(type: EventType, data: Data = {}): Promise<boolean> {
    const { caller } = this.shop;
    const currency = type === 'payment.succeeded' ? { currency: 'EUR' } : {};
    const event = {
      type,
      data: { orderId: this.id, ...currency, ...data },
      id: randomUUID(),
      timestamp: new Date().toISOString(),
    };
    const { status, body } = await sendWebhook(caller, event);
    if (status !== 200) throw new Error(`the webhook answered ${status} ${JSON.stringify(body)}`);
    return body.applied;
  }

  /** Dispatches, delivers and signs for all parcels. */
  async deliver(): Promise<OrderView> {
    await this.parcels('booked');
    await this.hear('shipment.dispatched', { trackingNumber: 'T-1', carrier: 'Example Post' });
    await this.parcels('dispatched');
    await this.hear('shipment.delivered', { signedBy: 'Ada Example' });
    return this.ended('completed');
  }

  async books(): Promise<Books> {
    const query = { orderId: this.id };
    const { inventory, payment, shipping } = this.shop.services;
    const [payments, reservations, shipments] = await Promise.all([
      payment.listPayments({ query }),
      inventory.listReservations({ query }),
      shipping.listShipments({ query }),
    ]);
    const [money] = payments.items;
    const operations = money?.operations ?? [];
    return {
      authorized: money?.authorized ?? 0,
      captured: money?.captured ?? 0,
      refunded: money?.refunded ?? 0,
      captures: operations.filter(({ kind }) => kind === 'capture').map(({ amount }) => amount),
      authorizations: operations.filter(({ kind }) => kind === 'authorize').length,
      held: reservations.items
        .filter(({ state }) => state === 'reserved' || state === 'committed')
        .reduce((sum, { quantity, restocked }) => sum + quantity - restocked, 0),
      bookings: shipments.items.map(({ status }) => status).sort(),
    };
  }

  /** The events that the customer was notified of, in order. */
  async told(): Promise<string[]> {
    const { items } = await this.shop.services.notification.listNotifications({ query: { orderId: this.id } });
    return items.map(({ event }) => event);
  }
}

/** A command's answer: the order, or the problem. */
export type Told = OrderView & Partial<Omit<Problem, 'status'>> & { orderStatus?: OrderStatus };

export function stepOf(view: OrderView, id: string): StepView {
  const step = view.steps.find((each) => each.id === id);
  if (!step) throw new Error(`no step ${id} in ${view.steps.map((each) => each.id).join(', ')}`);
  return step;
}

function isGoingOn(state: StepState): boolean {
  return state === 'pending' || state === 'running' || state === 'waiting' || state === 'undoing';
}

function describe({ id, status, failure, payment, shipments, steps }: OrderView): string {
  const open = steps.filter(({ state }) => isGoingOn(state) || state === 'failed');
  return [
    `order ${id} is ${status}`,
    ...(failure ? [`${failure.code} at ${failure.step}: ${failure.message}`] : []),
    `payment ${payment.status}`,
    ...shipments.map((each) => `${each.warehouse} ${each.status}`),
    ...open.map(
      (step) => `${step.id} ${step.state}, attempts ${step.attempts}${step.failure ? `, ${step.failure.message}` : ''}`,
    ),
  ].join('; ');
}
