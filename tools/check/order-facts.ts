import type { Answer, BookRow, Notice, Observation, ReturnView, Run, ServiceCall, View } from './observation.js';

type PartOf<
  Key extends 'inventory' | 'payment' | 'shipping',
  Table extends keyof NonNullable<Observation[Key]>,
> = NonNullable<Observation[Key]>[Table] extends (infer Row)[] ? Row[] : never;

/** Everything that was observed of one order. A part that is missing in the observation is empty here: see `Observation`. */
export interface OrderFacts {
  id: string;
  answers: Answer[];
  /** Of the order itself, oldest first. */
  orderRuns: Run[];
  settleRuns: Run[];
  returnRuns: Run[];
  latePaymentRuns: Run[];
  book?: BookRow;
  reservations: PartOf<'inventory', 'reservations'>;
  pieces: PartOf<'inventory', 'pieces'>;
  payments: PartOf<'payment', 'payments'>;
  authorizations: PartOf<'payment', 'authorizations'>;
  operations: PartOf<'payment', 'operations'>;
  bookings: PartOf<'shipping', 'bookings'>;
  carrierEvents: PartOf<'shipping', 'carrierEvents'>;
  notices: Notice[];
  calls: Call[];
}

/** A call of a step, with the parts of its key: `order:step:operation`, and the subject or the round behind it. */
export interface Call extends ServiceCall {
  step: string;
  subject?: string;
  /** Whether the key has these parts. */
  isWellFormed: boolean;
}

/** Sorts an observation by orders. */
export function factsByOrder(observation: Observation): Map<string, OrderFacts> {
  const orders = new Map<string, OrderFacts>();
  const of = (id: string): OrderFacts => {
    let facts = orders.get(id);
    if (!facts) orders.set(id, (facts = emptyFacts(id)));
    return facts;
  };
  for (const answer of observation.answers ?? []) {
    if (answer.orderId !== undefined && answer.status !== 404) of(answer.orderId).answers.push(answer);
  }
  for (const run of observation.runs ?? []) runsOf(of(run.orderId), run).push(run);
  for (const row of observation.book ?? []) of(row.orderId).book = row;
  const { inventory, payment, shipping } = observation;
  for (const row of inventory?.reservations ?? []) of(row.orderId).reservations.push(row);
  for (const row of inventory?.pieces ?? []) of(row.orderId).pieces.push(row);
  for (const row of payment?.payments ?? []) of(row.orderId).payments.push(row);
  for (const row of payment?.authorizations ?? []) of(row.orderId).authorizations.push(row);
  for (const row of payment?.operations ?? []) of(row.orderId).operations.push(row);
  const orderOfParcel = new Map<string, string>();
  for (const row of shipping?.bookings ?? []) {
    of(row.orderId).bookings.push(row);
    orderOfParcel.set(row.shipmentId, row.orderId);
  }
  for (const event of shipping?.carrierEvents ?? []) {
    of(orderOfParcel.get(event.shipmentId) ?? '').carrierEvents.push(event);
  }
  for (const notice of observation.notification ?? []) of(notice.orderId).notices.push(notice);
  for (const call of observation.calls ?? []) {
    const parsed = parse(call);
    of(parsed.orderId).calls.push(parsed.call);
  }
  for (const { orderRuns } of orders.values()) {
    if (orderRuns.length > 1) orderRuns.sort((a, b) => a.startedAt - b.startedAt);
  }
  return orders;
}

function emptyFacts(id: string): OrderFacts {
  return {
    id,
    answers: [],
    orderRuns: [],
    settleRuns: [],
    returnRuns: [],
    latePaymentRuns: [],
    reservations: [],
    pieces: [],
    payments: [],
    authorizations: [],
    operations: [],
    bookings: [],
    carrierEvents: [],
    notices: [],
    calls: [],
  };
}

function runsOf(facts: OrderFacts, { type }: Run): Run[] {
  switch (type) {
    case 'processOrder':
      return facts.orderRuns;
    case 'settleOrder':
      return facts.settleRuns;
    case 'processReturns':
      return facts.returnRuns;
    case 'processLatePayment':
      return facts.latePaymentRuns;
  }
}

/** The step's id may have colons itself (`bookParcel:ord_x-east`, `ret_y:refund`), so the parts are found from the operation on. */
function parse(call: ServiceCall): { orderId: string; call: Call } {
  const { key, operation } = call;
  const colon = key.indexOf(':');
  const orderId = colon < 0 ? '' : key.slice(0, colon);
  const rest = key.slice(colon + 1);
  const wanted = `:${operation}`;
  for (let at = rest.lastIndexOf(wanted); at > 0; at = rest.lastIndexOf(wanted, at - 1)) {
    const after = rest.slice(at + wanted.length);
    if (after !== '' && after[0] !== ':' && after[0] !== '#') continue;
    const subject = after[0] === ':' ? after.slice(1) : undefined;
    const found: Call = Object.assign({ step: rest.slice(0, at), isWellFormed: colon > 0 }, call);
    if (subject !== undefined) found.subject = subject;
    return { orderId, call: found };
  }
  return { orderId, call: { ...call, step: rest, isWellFormed: false } };
}

/** The run that speaks for the order: the newest one, or the one that settled it after its own had ended. */
export function lastRunOf({ orderRuns, settleRuns }: OrderFacts): Run | undefined {
  return settleRuns.at(-1) ?? orderRuns.at(-1);
}

/** The newest view of the order: its run's own answer, else what the book has. */
export function lastViewOf(facts: OrderFacts): View | undefined {
  return lastRunOf(facts)?.view ?? facts.book?.view ?? undefined;
}

/** Whether a workflow task of the order was lost in this time. It is done again, and may come less far, or another way. */
export function hasLostTask({ orderRuns }: OrderFacts, from: number, to: number): boolean {
  return orderRuns.some(({ lostTasks, continues, startedAt }) => {
    const resetAt = continues === undefined ? [] : [startedAt];
    return [...(lostTasks ?? []), ...resetAt].some((at) => at >= from && at <= to);
  });
}

const ends = ['completed', 'cancelled', 'failed'];

export function isEnded(status: string): boolean {
  return ends.includes(status);
}

/** The last view of an order that has ended. */
export function endOf(facts: OrderFacts): View | undefined {
  const view = lastViewOf(facts);
  return view && isEnded(view.status) ? view : undefined;
}

/** Whether an operator has retried, skipped or abandoned a step of the order. */
export function wasResolved({ settleRuns, orderRuns, answers }: OrderFacts): boolean {
  return (
    settleRuns.length > 0 ||
    orderRuns.some((run) => run.updates?.some(({ name }) => name === 'resolve')) ||
    answers.some(({ name, status }) => name === 'resolve' && isSuccess(status))
  );
}

/** Whether the goods of a parcel have left: the customer has them, will get them, or they were lost or came back on the way. */
export function hasLeft({ status }: { status: string }): boolean {
  return status === 'dispatched' || status === 'delivered' || status === 'lost' || status === 'returned';
}

/** The returns of an order: what their runs say, else what the book has. */
export function returnsOf({ returnRuns, book }: OrderFacts): ReturnView[] {
  const byId = new Map<string, ReturnView>();
  for (const back of book?.returns ?? []) byId.set(back.id, back);
  for (const run of returnRuns) for (const back of run.returns ?? []) byId.set(back.id, back);
  return [...byId.values()];
}

export function isOpen({ status }: Run): boolean {
  return status === 'running';
}

export function isSuccess(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}
