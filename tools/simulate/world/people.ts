import type { OrderView, ReturnView } from '../../../contracts/order.js';
import type { Api } from './api.js';
import type { Listener, World } from './world.js';

const second = 1000;
const minute = 60 * second;

/** The customers, the operators, the payment provider and the carriers of a world. They act on what they see, and now and then without a reason. */
export class People implements Listener {
  /** What each of them has reacted to. */
  readonly #seen = new Set<string>();
  /** The report about each return whose goods came back. A repeated report has the same content. */
  readonly #cameBack = new Map<string, { returnId: string; lines?: { sku: string; quantity: number }[] }>();
  #news = 0;

  constructor(
    private readonly world: World,
    private readonly api: Api,
  ) {}

  /** Commands and news that nothing in the order asks for. */
  disturb(orderId: string): void {
    const { choices, timeline } = this.world;
    for (let i = 0; i < 3; i += 1) {
      const what = choices.pick('somebody', 0.2, ['does nothing', ...disturbances]);
      if (what === 'does nothing') continue;
      const atMs = choices.pick('when', 0.9, [
        100,
        1,
        12,
        30,
        60,
        200,
        500,
        second,
        3 * second,
        20 * second,
        5 * minute,
        40 * minute,
      ]);
      timeline.in(atMs, () => this.#disturb(orderId, what));
    }
  }

  published(view: OrderView): void {
    this.#once(`${view.id} ${view.status} ${view.failure?.step ?? ''} ${view.payment.attempts.length}`, () =>
      this.#react(view),
    );
  }

  returnsPublished(orderId: string, returns: ReturnView[]): void {
    for (const { id, status, lines } of returns) {
      this.#once(`${orderId} ${id} ${status}`, () => {
        if (status === 'requested') {
          const decision = this.world.choices.pick('the review of a return', 0.3, ['approve', 'reject'] as const);
          this.#in('the operator looks at a return', () => this.api.reviewReturn(orderId, id, decision));
        } else if (status === 'approved') this.#in('the goods come back', () => this.#comesBack(orderId, id, lines));
      });
    }
  }

  booked({ shipmentId, orderId }: { shipmentId: string; orderId: string }): void {
    const { shipping } = this.world.parts.services;
    this.#once(`booked ${shipmentId}`, () => {
      const { choices, timeline } = this.world;
      const tracking = `T-${shipmentId}`;
      const afterMs = choices.pick('the dispatch', 0.5, [300, 0, 2, 20, 100, 5000, 20 * minute]);
      timeline.in(afterMs, () => {
        const parcel = shipping.happen('shipment.dispatched', shipmentId);
        if (!parcel) return;
        this.#tell(orderId, 'shipment.dispatched', { shipmentId, trackingNumber: tracking });
        const end = choices.pick('the parcel', 0.3, ['delivered', 'lost', 'returned'] as const);
        timeline.in(choices.pick('the journey', 0.4, [800, 0, 5, 50, 10_000, 30 * minute]), () => {
          if (end === 'delivered') shipping.happen('shipment.delivered', shipmentId);
          const signedBy = choices.pick('the signature', 0.5, ['A. Buyer', undefined]);
          const facts = end === 'delivered' && signedBy !== undefined ? { signedBy } : {};
          const isNamed = end !== 'lost' || this.#namesTheLost(orderId);
          this.#tell(orderId, `shipment.${end}`, { ...(isNamed && { shipmentId }), ...facts });
        });
      });
    });
  }

  /** A carrier with one parcel of the order need not say which one it has lost. */
  #namesTheLost(orderId: string): boolean {
    const isOnly = this.api.view(orderId)?.shipments.length === 1;
    return !isOnly || this.world.choices.pick('the carrier names the lost parcel', 0.3, [true, false]);
  }

  /** The operators look after everything that is stuck. */
  lookAround(orderId: string): void {
    const { server } = this.world;
    const run = server.latest(`order:${orderId}`);
    const settling = server.latest(`settle:${orderId}`)?.status;
    // A settlement that a service rejected is made again.
    if (run?.status === 'terminated' && settling !== 'running' && settling !== 'completed') this.api.settle(orderId);
    if (run?.isOpen) {
      const view = run.query('order') as OrderView | undefined;
      if (view) this.#helpOn(view);
    }
    const returns = server.open(`returns:${orderId}`);
    // Without a run, the book has what a terminated one left open: what comes then starts the next run.
    const backs = (returns ? (returns.query('returns') as ReturnView[] | null) : this.api.view(orderId)?.returns) ?? [];
    for (const { id, status, lines } of backs) {
      if (status === 'requested') this.api.reviewReturn(orderId, id, 'approve');
      else if (status === 'approved') this.#comesBack(orderId, id, lines);
      else if (status === 'received') this.api.retryReturn(orderId, id);
    }
  }

  #helpOn(view: OrderView): void {
    const { id, possible, steps } = view;
    if (view.status === 'needs_attention') this.#resolve(view, 'retry');
    if (possible.includes('payment')) this.api.command(id, 'payment', { method: 'card', token: 'tok_ok' }, 'shop');
    if (possible.includes('decision')) this.api.command(id, 'decision', { decision: 'cancel' }, 'shop');
    if (possible.includes('review')) this.api.command(id, 'review', { decision: 'approve' }, 'operator');
    // The parcels whose news was lost for good.
    for (const step of steps) {
      const isParcel = step.id.startsWith('awaitDispatch') || step.id.startsWith('awaitDelivery');
      if (step.state === 'waiting' && isParcel) {
        this.api.command(id, 'resolve', { action: 'skip', step: step.id }, 'operator');
      }
    }
  }

  #react(view: OrderView): void {
    const { api, world } = this;
    const { choices } = world;
    const { id } = view;
    switch (view.status) {
      case 'awaiting_payment':
        this.#in('the customer pays', () => this.#pay(view));
        break;
      case 'awaiting_customer': {
        const decision = choices.pick('the decision', 0.3, ['accept_partial', 'cancel'] as const);
        this.#in('the customer decides', () => api.command(id, 'decision', { decision }, 'shop'));
        break;
      }
      case 'awaiting_review': {
        const decision = choices.pick('the review', 0.3, ['approve', 'reject'] as const);
        this.#in('the operator reviews', () => api.command(id, 'review', { decision }, 'operator'));
        break;
      }
      case 'needs_attention': {
        const action = choices.pick('the resolution', 0.5, ['retry', 'abandon', 'skip'] as const);
        this.#in('the operator resolves', () => this.#resolve(view, action));
        break;
      }
      case 'delivered':
        if (choices.pick('the customer confirms the receipt', 0.5, [true, false])) {
          this.#in('the receipt', () => api.command(id, 'receipt', {}, 'shop'));
        }
        break;
      case 'completed':
        for (let i = 1; i <= 3; i += 1) {
          if (choices.pick(`return ${i}`, 0.3, [false, true])) this.#in('a return', () => this.#askForReturn(view, i));
        }
        break;
      default:
    }
  }

  #pay(view: OrderView): void {
    const { choices } = this.world;
    const how = choices.pick('the way to pay', 0.6, payments);
    if (how === 'nothing') return;
    if (how.startsWith('tok_')) {
      this.api.command(view.id, 'payment', { method: 'card', token: how }, 'shop', (status) => {
        if (status === 200 && how !== 'tok_ok') this.#in('another payment', () => this.#payAgain(view));
      });
    } else this.#provider(view, how);
  }

  #payAgain(view: OrderView): void {
    this.api.command(view.id, 'payment', { method: 'card', token: 'tok_ok' }, 'shop');
  }

  #provider(view: OrderView, how: string): void {
    const { total: amount, currency, id } = view;
    if (how === 'failed') this.#tell(id, 'payment.failed', {});
    else if (how === 'wrong amount') this.#tell(id, 'payment.succeeded', { amount: amount + 1, currency });
    else {
      this.#tell(id, 'payment.succeeded', { amount, currency });
      if (how === 'succeeded twice') this.#tell(id, 'payment.succeeded', { amount, currency });
    }
  }

  /** The operator decides about the step that the list of stuck orders names. While the order is being undone, its failure names another. */
  #resolve(view: OrderView, action: string): void {
    const hold = this.world.product.parts.holdOf(view);
    if (hold) this.api.command(view.id, 'resolve', { action, step: hold.step }, 'operator');
  }

  #askForReturn(view: OrderView, number: number): void {
    const delivered = view.shipments.filter(({ status }) => status === 'delivered').flatMap(({ lines }) => lines);
    if (delivered.length === 0) return;
    const isAll = this.world.choices.pick('the return is', 0.5, ['of one piece', 'of everything']);
    const lines =
      isAll === 'of everything'
        ? bySku(delivered)
        : [{ sku: delivered[(number - 1) % delivered.length]!.sku, quantity: 1 }];
    this.api.requestReturn(view.id, `ret_${number}`, lines);
  }

  /** The goods of a return come back. Who reports that again says the same. */
  #comesBack(orderId: string, returnId: string, lines: { sku: string; quantity: number }[]): void {
    const name = `${orderId} ${returnId}`;
    let data = this.#cameBack.get(name);
    if (!data) {
      const isFewer = this.world.choices.pick('what comes back', 0.2, ['everything', 'less']) === 'less';
      const fewer = lines.slice(0, 1).map(({ sku }) => ({ sku, quantity: 1 }));
      this.#cameBack.set(name, (data = { returnId, ...(isFewer && { lines: fewer }) }));
    }
    this.#tell(orderId, 'return.received', data);
  }

  #disturb(orderId: string, what: string): void {
    const { api, world } = this;
    const { choices, server } = world;
    const view = api.view(orderId);
    const total = view?.total ?? 1780;
    switch (what) {
      case 'cancels':
        return api.command(orderId, 'cancel', {}, 'shop');
      case 'cancels as an operator':
        return api.command(orderId, 'cancel', {}, 'operator');
      case 'pays':
        return api.command(orderId, 'payment', { method: 'card', token: 'tok_ok' }, 'shop');
      case 'lowers a quantity': {
        const line = this.api.plans.get(orderId)!.input.order.lines[0]!;
        const quantity = Math.max(1, line.quantity - 1);
        return api.command(orderId, 'amend', { lines: [{ sku: line.sku, quantity }] }, 'shop');
      }
      case 'decides':
        return api.command(orderId, 'decision', { decision: 'accept_partial' }, 'shop');
      case 'reviews':
        return api.command(orderId, 'review', { decision: 'approve' }, 'operator');
      case 'confirms the receipt':
        return api.command(orderId, 'receipt', {}, 'shop');
      case 'pays at the provider':
        return this.#tell(orderId, 'payment.succeeded', { amount: total, currency: 'EUR' });
      case 'reports a failed payment':
        return this.#tell(orderId, 'payment.failed', {});
      case 'reports everything delivered':
        // A carrier can be wrong about the sequence, not about parcels that it never got.
        if (!view?.shipments[0] || !view.shipments.every(({ id }) => this.#isAtCarrier(id))) return undefined;
        for (const { id } of view.shipments) world.parts.services.shipping.claimed.add(id);
        return this.#tell(orderId, 'shipment.delivered', {});
      case 'cancels in the Web UI':
        return server.open(`order:${orderId}`)?.cancel();
      case 'terminates the run':
        server.open(`order:${orderId}`)?.terminate();
        this.#in('the operator abandons', () => api.settle(orderId));
        return;
      case 'terminates the returns':
        return server.open(`returns:${orderId}`)?.terminate();
      default: {
        const step = choices.pick('the step', 0.9, [
          'awaitDelivery',
          'reserveStock',
          'authorizePayment',
          'awaitDispatch',
          'confirmOrder',
        ]);
        const found = view?.steps.find(({ id, state }) => id.startsWith(step) && state !== 'done')?.id ?? step;
        const action = what === 'skips a step' ? 'skip' : 'abandon';
        api.command(orderId, 'resolve', { action, step: found }, 'operator');
      }
    }
  }

  #isAtCarrier(shipmentId: string): boolean {
    const status = this.world.parts.services.shipping.bookings.get(shipmentId)?.status;
    return status !== undefined && status !== 'cancelled';
  }

  #tell(orderId: string, type: string, data: Record<string, unknown>): void {
    this.api.news(orderId, type, data, `msg-${(this.#news += 1)}`);
  }

  #in(what: string, act: () => void): void {
    const { choices, timeline } = this.world;
    timeline.in(choices.pick(what, 0.4, [second, 0, 3, 30, 200, minute, 35 * minute]), act);
  }

  #once(what: string, act: () => void): void {
    if (this.#seen.has(what)) return;
    this.#seen.add(what);
    act();
  }
}

const disturbances = [
  'cancels',
  'cancels as an operator',
  'pays',
  'lowers a quantity',
  'decides',
  'reviews',
  'confirms the receipt',
  'pays at the provider',
  'reports a failed payment',
  'reports everything delivered',
  'cancels in the Web UI',
  'terminates the run',
  'terminates the returns',
  'skips a step',
  'abandons a step',
] as const;

const payments = [
  'tok_ok',
  'succeeded',
  'tok_declined',
  'failed',
  'wrong amount',
  'succeeded twice',
  'tok_review',
  'tok_flaky',
  'nothing',
] as const;

function bySku(lines: readonly { sku: string; quantity: number }[]): { sku: string; quantity: number }[] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return [...sums].map(([sku, quantity]) => ({ sku, quantity }));
}
