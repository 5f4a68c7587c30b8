import { sql } from 'kysely';
import { mostBulkOrders, type BulkCommand } from '../../contracts/bulk.schema.js';
import type { OrderView } from '../../contracts/order.js';
import { isEnded, type Command } from '../../contracts/statuses.js';
import { holdOf } from '../../contracts/trouble.js';
import type { Db } from '../support/database.js';
import { Rejection } from '../support/errors.js';
import { found, type OrderFilter } from './order-filter.js';

/** An order of a bulk, before the command is sent. */
export interface Selected {
  orderId: string;
  status: OrderView['status'] | null;
  step: string | null;
  /** Why the bulk does not touch it; null where it does. */
  code: string | null;
  message: string | null;
}

/** The part of a view that decides whether an order is touched. */
type Candidate = Pick<OrderView, 'id' | 'status' | 'possible' | 'steps'> & Partial<Pick<OrderView, 'failure'>>;

const ordersAtOnce = 500;

/**
 * The orders that are meant, each with what the bulk does to it.
 *
 * @throws {Rejection} too_many_orders
 */
export async function select(
  db: Db,
  selection: { ids: readonly string[] } | { filter: OrderFilter },
  shopId: string | undefined,
  command: BulkCommand,
): Promise<Selected[]> {
  const orders = 'ids' in selection ? await byIds(db, selection.ids, shopId) : await byFilter(db, selection.filter);
  const known = orders.map((order) => judge(order, command));
  if (!('ids' in selection)) return known;
  const there = new Set(known.map(({ orderId }) => orderId));
  const missing = [...new Set(selection.ids)].filter((orderId) => !there.has(orderId));
  return [
    ...known,
    ...missing.map((orderId) => ({ ...excluded(orderId, null, 'not_found', 'There is no such order') })),
  ];
}

/**
 * Whether the order can take the command now, as far as its view shows. Its run decides when the command is sent. An order whose run was
 * ended from outside has nobody to decide: the API settles such orders one by one.
 */
function judge({ id, status, possible, ...view }: Candidate, command: BulkCommand): Selected {
  if (view.failure?.code === 'terminated' && !isEnded(status)) {
    return excluded(
      id,
      status,
      'terminated',
      "The order's run was ended from outside. Open the order and abandon it there",
    );
  }
  const needed: Command = isRepair(command) ? 'resolve' : command.action;
  if (!possible.includes(needed)) {
    return isEnded(status)
      ? excluded(id, status, 'order_ended', `The order has ended: it is ${status}`)
      : excluded(id, status, 'wrong_status', `The order takes no ${needed} in ${status}`);
  }
  if (!isRepair(command)) return { orderId: id, status, step: null, code: null, message: null };
  const hold = holdOf({ status, ...view } as OrderView);
  if (!hold) return excluded(id, status, 'no_stuck_step', 'No step holds the order up');
  return { orderId: id, status, step: hold.step, code: null, message: null };
}

type Repair = Extract<BulkCommand, { action: 'retry' | 'skip' | 'abandon' }>;

function isRepair(command: BulkCommand): command is Repair {
  return command.action === 'retry' || command.action === 'skip' || command.action === 'abandon';
}

function excluded(orderId: string, status: Selected['status'], code: string, message: string): Selected {
  return { orderId, status, step: null, code, message };
}

interface Row {
  order_id: string;
  placed: string;
  status: OrderView['status'];
  possible: OrderView['possible'];
  failure: OrderView['failure'] | null;
  steps: OrderView['steps'];
}

const columns = sql`status, view -> 'possible' as possible, view -> 'failure' as failure, view -> 'steps' as steps`;

async function byIds(db: Db, ids: readonly string[], shopId: string | undefined): Promise<Candidate[]> {
  const { rows } = await sql<Row>`
    select order_id, placed_at as placed, ${columns} from orders
    where view is not null and order_id = any (${ids}::text[]) ${shopId === undefined ? sql`` : sql`and shop_id = ${shopId}`}
    order by placed_at, order_id`.execute(db);
  return rows.map(toCandidate);
}

/** Oldest last, as the lists show them. */
async function byFilter(db: Db, { status, ...filter }: OrderFilter): Promise<Candidate[]> {
  const orders: Candidate[] = [];
  for (const each of status?.length ? [...new Set(status)] : [undefined]) {
    const { from, placed } = found(filter, each);
    for (let last: Row | undefined, full = true; full;) {
      const behind = last ? sql`and (${placed}, order_id) < (${last.placed}::timestamptz, ${last.order_id})` : sql``;
      // The views of this page alone are read: to parse those of all orders in trouble takes seconds, for each page.
      const { rows } = await sql<Row>`
        select order_id, page.placed, ${columns}
        from (
          select order_id, ${placed} as placed from ${from} ${behind}
          order by ${placed} desc, order_id desc limit ${ordersAtOnce}
        ) as page join orders using (order_id)
        order by page.placed desc, order_id desc`.execute(db);
      orders.push(...rows.map(toCandidate));
      if (orders.length > mostBulkOrders) {
        throw new Rejection('too_many_orders', `A bulk selects ${mostBulkOrders} orders at most; more match`);
      }
      full = rows.length === ordersAtOnce;
      last = rows.at(-1);
    }
  }
  return orders;
}

function toCandidate({ order_id, status, possible, failure, steps }: Row): Candidate {
  return { id: order_id, status, possible, steps, ...(failure && { failure }) };
}
