import { mostErrors, someOf } from '../../contracts/bounds.js';
import { dueForReceived } from '../../contracts/money.js';
import type { LineQuantity, Money, ReturnView } from '../../contracts/order.js';
import { hasRoom, isPartOf, isReturnable, leftToReturn, piecesOf } from '../../contracts/returns.js';
import type { Command, ReturnStatus } from '../../contracts/statuses.js';
import type { ReturnableOrder } from '../../activities/orders.js';

/** One return: its goods, its refund and its status. */
export class Return {
  status: ReturnStatus;
  refunded: Money = 0;
  /** The goods that were received; until then, those that were announced. */
  lines: LineQuantity[];
  private claimedAmount?: Money;

  readonly id: string;
  private readonly announced: LineQuantity[];
  private readonly asked: Pick<ReturnView, 'reason' | 'requestedAt'>;

  /** @param view a new return, or one that an earlier run left open */
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
    if (refunded > 0) this.claimedAmount = refunded;
    this.announced = announced ?? lines;
    this.asked = { reason, requestedAt };
  }

  decide(decision: 'approve' | 'reject'): void {
    this.status = decision === 'approve' ? 'approved' : 'rejected';
  }

  /** Whether news about these lines can be about this return. News without lines is about everything that was announced. */
  fits(lines: readonly LineQuantity[] | undefined): boolean {
    return lines === undefined || isPartOf(this.announced, lines);
  }

  receive(lines: LineQuantity[] = this.announced): void {
    const pieces = (part: readonly LineQuantity[]) => part.reduce((sum, l) => sum + l.quantity, 0);
    this.status = 'received';
    if (pieces(lines) < pieces(this.announced)) this.lines = lines.map(({ sku, quantity }) => ({ sku, quantity }));
  }

  /**
   * The refund: what is due for everything received so far, less what earlier returns claimed. The first call claims the amount, and later
   * calls return the same amount. So no other return can claim it too, and a repeated refund has the same amount.
   */
  claim(): Money {
    return (this.claimedAmount ??= this.all.claimFor(this.lines));
  }

  get claimed(): Money | undefined {
    return this.claimedAmount;
  }

  view(): ReturnView {
    const { id, status, lines, refunded } = this;
    const fewer = lines !== this.announced;
    const { reason, requestedAt } = this.asked;
    return { id, status, lines, ...(fewer ? { announced: this.announced } : {}), reason, refunded, requestedAt };
  }
}

/** All returns of one order: those of this run, and those of earlier runs once the order is loaded. */
export class Returns {
  readonly own: Return[] = [];
  #order?: ReturnableOrder;
  #earlier: readonly ReturnView[] = [];

  /** Stores the order as the order book has it now. Its returns count only while this run has none of its own. */
  learn(order: ReturnableOrder): void {
    this.#order = order;
    if (this.own.length === 0) this.#earlier = order.returns;
  }

  /** Takes over the returns that earlier runs left open. Only one run is open at a time, so no other run works on them. */
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

  /** Undefined until the order is loaded. Until then the run does not know which returns there are. */
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

  /** Whether there is room for one more return with this many lines. */
  takes(lines: number): boolean {
    return hasRoom(this.views, lines);
  }

  /** Why these lines cannot be returned. Empty if they can. Each sku occurs once: the message's shape ensures that. */
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

  /** The refund of a return of these lines, if all other returns are received before it. */
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
    // The order's run paid back parcels that never arrived. Its refunded sum contains those and the returns.
    const forParcels = order.refunded - order.returns.reduce((sum, r) => sum + r.refunded, 0);
    return dueForReceived(order, piecesOf(order.delivered), piecesOf(received), order.captured - forParcels);
  }
}
