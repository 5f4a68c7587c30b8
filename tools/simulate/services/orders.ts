import type { OrderView, ReturnView } from '../../../contracts/order.js';
import type { LatePayment, OrderPublication, Position, ReturnsPublication } from '../../../contracts/publication.js';
import type { OrdersClient } from '../../../services/orders/client.js';
import { compose } from '../../../services/orders/compose.js';
import { bookContract, type BookEntry } from '../../../services/orders/contract.js';
import { firstDue } from '../../../services/orders/filed.js';
import { Rejection } from '../../../services/support/errors.js';
import type { QueryOf } from '../../../services/support/operation.js';
import { defaultLimit } from '../../../services/support/pages.js';
import { compare } from './inventory.js';
import { Keys } from './keys.js';
import { memoryClient, type MemoryHandlers } from './memory-client.js';
import { pageOf } from './page.js';
import type { World } from './world.js';

/** A row of the table `orders`: what the run of the order and the runs of its returns and late payments have written. */
export interface BookRow {
  orderId: string;
  /** The ids of the runs, oldest first. */
  runs: string[];
  position: Position | null;
  fingerprint: string | null;
  view: OrderView | null;
  returnsRuns: string[];
  returnsAt: number | null;
  returnsPositions: Map<string, Position>;
  returns: ReturnView[];
  latePayments: Map<string, LatePayment>;
  revision: number;
  change: number | null;
}

/** The order book in memory: a model of the functions `publish_order`, `publish_returns` and `publish_late_payments`. */
export class OrdersInMemory {
  rows = new Map<string, BookRow>();
  readonly client: OrdersClient;
  private change: number;

  constructor(private readonly world: World) {
    this.change = world.now();
    const client = memoryClient(bookContract, this.handlers(), {
      service: 'orders',
      keys: new Keys(world),
      wait: world.wait,
      checksValues: world.checksValues,
    });
    // No run calls what the book does for operators.
    this.client = client as OrdersClient;
  }

  reset(): void {
    this.rows = new Map();
    this.change = this.world.now();
  }

  /** The order as a reader sees it. */
  read(orderId: string): BookEntry | undefined {
    const row = this.rows.get(orderId);
    return row?.view ? this.entryOf(row) : undefined;
  }

  private handlers(): MemoryHandlers<typeof bookContract> {
    return {
      publish: ({ body }) => ({ revision: this.publish(body) }),
      publishReturns: ({ params, body }) => ({
        revision: this.publishReturns({ orderId: params.orderId, ...body }),
      }),
      publishLatePayments: ({ params, body }) => ({
        revision: this.publishLatePayments(params.orderId, body.payments),
      }),
      getOrder: ({ params }) => {
        const entry = this.read(params.orderId);
        if (!entry) throw new Rejection('not_found', `The book has no order ${params.orderId}`);
        return entry;
      },
      listOrders: ({ query }) => pageOf(query, this.newest(query), ({ id }) => [id]),
      listChanges: ({ query }) => this.changes(query ?? {}),
      getStats: () => this.stats(),
      recount: () => this.stats(),
    };
  }

  private publish({ position, fingerprint, view }: OrderPublication): number {
    const change = this.change++;
    const known = view.revision ?? 0;
    const row = this.rows.get(view.id);
    if (!row) {
      const runs = [position.runId];
      this.rows.set(view.id, { ...empty(view.id), runs, position, fingerprint, view, revision: known + 1, change });
      return known + 1;
    }
    const isNew = !row.runs.includes(position.runId);
    if (row.position && !(isNew ? position.at >= row.position.at : isNewest(row, position))) return row.revision;
    if (isNew) row.runs.push(position.runId);
    Object.assign(row, { position, fingerprint, view, revision: Math.max(row.revision, known) + 1, change });
    return row.revision;
  }

  private publishReturns({ orderId, position, returns }: ReturnsPublication): number {
    const change = this.change++;
    const row = this.rows.get(orderId) ?? empty(orderId);
    let runs = row.returnsRuns;
    if (!runs.includes(position.runId)) {
      const isOld = row.returnsAt !== null && position.at < row.returnsAt;
      runs = isOld ? [position.runId, ...runs] : [...runs, position.runId];
    }
    // Of two views of a return, the last one counts.
    const told = returns.filter(({ id }, index) => !returns.slice(index + 1).some((one) => one.id === id));
    const newer = told.filter(({ id }) => {
      const known = row.returnsPositions.get(id);
      if (!known) return true;
      const ahead = runs.indexOf(position.runId) - runs.indexOf(known.runId);
      return ahead > 0 || (ahead === 0 && isLater(position, known));
    });
    if (newer.length === 0) return row.revision;
    row.returnsRuns = runs;
    row.returnsAt = Math.max(row.returnsAt ?? 0, position.at);
    const byId = new Map([...row.returns, ...newer].map((one) => [one.id, one]));
    row.returns = [...byId.values()];
    for (const { id } of newer) row.returnsPositions.set(id, position);
    return this.store(row, change);
  }

  private publishLatePayments(orderId: string, payments: readonly LatePayment[]): number {
    const change = this.change++;
    const row = this.rows.get(orderId) ?? empty(orderId);
    const fresh = payments.filter(({ id }) => !row.latePayments.has(id));
    if (fresh.length === 0) return row.revision;
    for (const payment of fresh) row.latePayments.set(payment.id, payment);
    return this.store(row, change);
  }

  /** Stores news of an order that its own run may not have published yet. */
  private store(row: BookRow, change: number): number {
    if (row.view) Object.assign(row, { revision: row.revision + 1, change });
    this.rows.set(row.orderId, row);
    return row.revision;
  }

  private entryOf(row: BookRow): BookEntry {
    // PostgreSQL sorts the names of an object by their length first.
    const names = [...row.latePayments.keys()].sort((a, b) => a.length - b.length || compare(a, b));
    const view = compose(
      {
        view: row.view as OrderView,
        returns: row.returns,
        returnsAt: row.returnsAt,
        latePayments: names.map((id) => row.latePayments.get(id) as LatePayment),
        revision: row.revision,
      },
      this.world.now(),
    );
    return { change: row.change as number, fingerprint: row.fingerprint as string, view };
  }

  private newest(query: QueryOf<typeof bookContract.listOrders> = {}): OrderView[] {
    const { shopId, status, customerId, reference, placedAfter, placedBefore } = query;
    const placed = ({ placedAt }: OrderView) => Date.parse(placedAt);
    return [...this.rows.values()]
      .filter((row) => row.view !== null)
      .map((row) => this.entryOf(row).view)
      .filter((view) => shopId === undefined || view.shopId === shopId)
      .filter((view) => !status?.length || status.includes(view.status))
      .filter((view) => customerId === undefined || view.customerId === customerId)
      .filter((view) => reference === undefined || view.reference === reference)
      .filter((view) => placedAfter === undefined || placed(view) >= Date.parse(placedAfter))
      .filter((view) => placedBefore === undefined || placed(view) < Date.parse(placedBefore))
      .sort((a, b) => placed(b) - placed(a) || compare(b.id, a.id));
  }

  /** Does not wait for a change: the world calls again. */
  private changes(query: QueryOf<typeof bookContract.listChanges>): { items: BookEntry[]; next: number } {
    const { after = Number.MAX_SAFE_INTEGER, shopId, orderId, limit = defaultLimit } = query;
    const all = [...this.rows.values()].filter((row) => row.view !== null);
    const head = Math.max(0, ...all.map(({ change }) => change as number));
    const found = all
      .filter((row) => (row.change as number) > after)
      .filter((row) => shopId === undefined || row.view?.shopId === shopId)
      .filter((row) => orderId === undefined || row.orderId === orderId)
      .sort((a, b) => (a.change as number) - (b.change as number))
      .slice(0, limit);
    const items = found.map((row) => this.entryOf(row));
    return { items, next: items.length < limit ? head : (items.at(-1) as BookEntry).change };
  }

  private stats(): { byStatus: Record<string, number>; overdue: number } {
    const byStatus: Record<string, number> = {};
    let overdue = 0;
    for (const { view } of this.rows.values()) {
      if (!view) continue;
      byStatus[view.status] = (byStatus[view.status] ?? 0) + 1;
      const due = firstDue(view.steps);
      if (due !== null && Date.parse(due) < this.world.now()) overdue++;
    }
    return { byStatus, overdue };
  }
}

function empty(orderId: string): BookRow {
  return {
    orderId,
    runs: [],
    position: null,
    fingerprint: null,
    view: null,
    returnsRuns: [],
    returnsAt: null,
    returnsPositions: new Map(),
    returns: [],
    latePayments: new Map(),
    revision: 0,
    change: null,
  };
}

function isNewest({ runs, position: stored }: BookRow, position: Position): boolean {
  return runs.at(-1) === position.runId && isLater(position, stored as Position);
}

/** Whether a view was written later than another one of the same run. */
function isLater(a: Position, b: Position): boolean {
  return (a.length - b.length || a.at - b.at || a.seq - b.seq) > 0;
}
