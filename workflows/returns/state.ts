import { mostErrors, someOf } from '../../contracts/bounds.js';
import { dueForReceived } from '../../contracts/money.js';
import type { LineQuantity, Money, ReturnView } from '../../contracts/order.js';
import { hasRoom, isPartOf, isReturnable, leftToReturn, piecesOf } from '../../contracts/returns.js';
import type { Command, ReturnStatus } from '../../contracts/statuses.js';
import type { ReturnableOrder } from '../../activities/orders.js';

/** One return: what comes back, what it gives back, and how far it is. */
export class Return {
  status: ReturnStatus;
  refunded: Money = 0;
  /** What comes back: as announced, until it is there. */
  lines: LineQuantity[];
  #claimed?: Money;

  readonly id: string;
  readonly #announced: LineQuantity[];
  readonly #asked: Pick<ReturnView, 'reason' | 'requestedAt'>;

  /** @param view how far it is: new, or as an earlier run left it. */
  constructor(
    view: ReturnView,
    readonly order: ReturnableOrder,
    private readonly all: Returns,
  ) {
    const { id, status, lines, announced, reason, refunded, requestedAt } = view;
    this.id = id;
    this.status = status;
    this.lines = lines;
    this.refunded = refunded;
    if (refunded > 0) this.#claimed = refunded;
    this.#announced = announced ?? lines;
    this.#asked = { reason, requestedAt };
  }

  decide(decision: 'approve' | 'reject'): void {
    this.status = decision === 'approve' ? 'approved' : 'rejected';
  }

  /** Whether news of these pieces can be about it; news without lines is of all that was announced. */
  fits(lines: readonly LineQuantity[] | undefined): boolean {
    return lines === undefined || isPartOf(this.#announced, lines);
  }

  receive(lines: LineQuantity[] = this.#announced): void {
    const pieces = (part: readonly LineQuantity[]) => part.reduce((sum, l) => sum + l.quantity, 0);
    this.status = 'received';
    if (pieces(lines) < pieces(this.#announced)) this.lines = lines.map(({ sku, quantity }) => ({ sku, quantity }));
  }

  /**
   * What it gives back: what is due for all that was received so far, less what the returns before it claimed. Claimed at the moment it is
   * first asked for, and the same from then on, so no other return claims it too, and a refund that is made again is of the same amount.
   */
  claim(): Money {
    return (this.#claimed ??= this.all.claimFor(this.lines));
  }

  get claimed(): Money | undefined {
    return this.#claimed;
  }

  view(): ReturnView {
    const { id, status, lines, refunded } = this;
    const fewer = lines !== this.#announced;
    const { reason, requestedAt } = this.#asked;
    return { id, status, lines, ...(fewer ? { announced: this.#announced } : {}), reason, refunded, requestedAt };
  }
}

/** All returns of one order: those of this run, and those of earlier runs once the order was loaded. */
export class Returns {
  readonly own: Return[] = [];
  #order?: ReturnableOrder;
  #earlier: readonly ReturnView[] = [];

  /** The order as the book has it now. What it tells of returns is news only as long as this run has none. */
  learn(order: ReturnableOrder): void {
    this.#order = order;
    if (this.own.length === 0) this.#earlier = order.returns;
  }

  /** Taken over: what earlier runs left open. No other run walks them, as there is one at a time. */
  left(): Return[] {
    const open = this.#earlier.filter((each) => each.status !== 'closed' && each.status !== 'rejected');
    this.#earlier = this.#earlier.filter((each) => !open.includes(each));
    return open.map((view) => this.add(view));
  }

  add(view: ReturnView): Return {
    const back = new Return(view, this.#order!, this);
    this.own.push(back);
    return back;
  }

  /** Undefined before the order was loaded: then nobody here can tell which returns there are. */
  get order(): ReturnableOrder | undefined {
    return this.#order;
  }

  get views(): ReturnView[] {
    return [...this.#earlier, ...this.own.map((each) => each.view())];
  }

  /** @param now ms since the epoch */
  possible(now: number): Command[] {
    return this.#order && isReturnable({ ...this.#order, returns: this.views }, now) ? ['return'] : [];
  }

  /** Whether there is room for one more return of so many lines. */
  takes(lines: number): boolean {
    return hasRoom(this.views, lines);
  }

  /** Why these lines cannot be returned; empty where they can. Skus are told apart before: each comes once. */
  excessOf(lines: readonly LineQuantity[]): { path: string; message: string }[] {
    const left = leftToReturn(this.#order!.delivered, this.views);
    const errors = lines.flatMap((l, i) => {
      const most = left.get(l.sku);
      if (most === undefined) {
        return [
          { path: `/lines/${i}/sku`, message: `must be a delivered sku of this order: ${someOf([...left.keys()])}` },
        ];
      }
      return l.quantity > most
        ? [
            {
              path: `/lines/${i}/quantity`,
              message: `must be at most ${most}: what was delivered less what was returned`,
            },
          ]
        : [];
    });
    return errors.slice(0, mostErrors);
  }

  /** What a return of these lines gives back if all others are received before it. */
  expectedFor(lines: LineQuantity[]): Money {
    const others = this.views.filter((each) => each.status !== 'rejected');
    return this.#dueFor([...others, { lines }]) - this.#dueFor(others);
  }

  claimFor(lines: LineQuantity[]): Money {
    const before = [
      ...this.#earlier.filter((r) => r.status === 'closed').map((r) => ({ lines: r.lines, claimed: r.refunded })),
      ...this.own.flatMap((r) => (r.claimed === undefined ? [] : [{ lines: r.lines, claimed: r.claimed }])),
    ];
    const refunded = before.reduce((sum, each) => sum + each.claimed, 0);
    return Math.max(0, this.#dueFor([...before, { lines }]) - refunded);
  }

  #dueFor(received: readonly { lines: readonly LineQuantity[] }[]): Money {
    const order = this.#order!;
    // Parcels that never arrived were paid back by the order's run, which tells of it and of returns in one sum.
    const forParcels = order.refunded - order.returns.reduce((sum, r) => sum + r.refunded, 0);
    return dueForReceived(order, piecesOf(order.delivered), piecesOf(received), order.captured - forParcels);
  }
}
