/**
 * What the checker reads: plain data, as JSON. An observer fills it, from a running system or from a simulated world. Every part is
 * optional: an invariant whose part is missing is `unknown`. A part that is present is complete, and an empty one says that there was
 * nothing.
 *
 * All times are ms since the epoch, of one clock. Amounts are minor units.
 */
export interface Observation {
  /** When it was observed. */
  at: number;
  /**
   * How long no fault has happened and nobody has sent anything, in ms. An order that should have moved on within this time is stuck.
   * Absent while faults go on: an order on its way is then `unknown`.
   */
  settledForMs?: number;
  answers?: Answer[];
  /** When programs were away, if somebody watched them. */
  outages?: Outage[];
  runs?: Run[];
  book?: BookRow[];
  inventory?: Inventory;
  payment?: PaymentTables;
  shipping?: Shipping;
  notification?: Notice[];
  /** The calls that took effect at the services, from their tables of idempotency keys. */
  calls?: ServiceCall[];
}

/** A program was away: it had ended, was starting, or was frozen. */
export interface Outage {
  part: 'api' | 'temporal' | 'book';
  from: number;
  to: number;
}

/** What somebody asked, and what the API answered. */
export interface Answer {
  /** When it was sent. */
  askedAt: number;
  /** When the answer was there. Absent if none came: the request may have had its effect, or may have it later. */
  answeredAt?: number;
  /** `read`: one order; `list`: a page of orders; `stream`: one event of a stream. */
  kind: 'place' | 'command' | 'read' | 'list' | 'stream' | 'webhook';
  /** The HTTP status. Absent without an answer. */
  status?: number;
  /** The order that it is about, if the caller or the answer says so. */
  orderId?: string;
  /** The Idempotency-Key; of a webhook, its id. */
  key?: string;
  /** `cancel`, `payment`, `receipt`, `decision`, `review`, `resolve`, `amend`, `return`, `reviewReturn`; of a webhook, its type. */
  name?: string;
  by?: 'shop' | 'operator' | 'provider' | 'carrier';
  /** The body of the request: the order that was placed, the content of the command, the `data` of the webhook. */
  sent?: unknown;
  /** The body of the answer. For `list`: its items. */
  body?: unknown;
}

/** A run of a workflow. */
export interface Run {
  workflowId: string;
  runId: string;
  type: 'processOrder' | 'processReturns' | 'processLatePayment' | 'settleOrder';
  orderId: string;
  status: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed_out' | 'continued_as_new';
  startedAt: number;
  closedAt?: number;
  /** When the last event of its history happened. */
  lastEventAt?: number;
  /** The run that it continues: it was reset, or continued as new. It is not a run of its own, then. */
  continues?: string;
  /** Of an order: the result, or the failure's detail. Of an open one: the answer of its query, if a worker answered. */
  view?: View;
  /** Of returns: the same. */
  returns?: ReturnView[];
  /** Of late payments: what was given back, by the digest of the message's id. */
  latePayments?: { id: string }[];
  /** When Temporal gave up a workflow task of it (timed out, or failed), which is then done again. A reset counts, too. */
  lostTasks?: number[];
  /** The type of its failure. */
  failure?: string;
  /** The Updates that its history has accepted. The id is the Idempotency-Key of the command, perhaps with `#2` behind it. */
  updates?: { id: string; name: string; at: number }[];
  /** The Signals that its history has: the webhook's type and id, and the parcel that it names, if it names one. */
  signals?: { name: string; id?: string; at: number; shipmentId?: string }[];
  /** How long the order's steps wait at most, from the run's input. */
  deadlines?: { paymentMs: number; reviewMs: number; decisionMs: number; autoSignMs: number };
  /** The order as it was placed, from the run's input. */
  placed?: PlacedOrder;
}

interface PlacedOrder {
  currency: string;
  lines: PricedLine[];
  shippingFee: number;
  adjustments?: { amount: number }[];
  payment: { method: string; token?: string };
  carrier?: string;
}

export interface PricedLine {
  sku: string;
  quantity: number;
  unitPrice: number;
}

export interface Line {
  sku: string;
  quantity: number;
}

/** The OrderView of the public contract, as far as the checker reads it. */
export interface View {
  id: string;
  status: string;
  revision: number;
  currency: string;
  total: number;
  lines: (PricedLine & { reserved: number })[];
  shippingFee: number;
  adjustments: { amount: number }[];
  payment: {
    method: string;
    status: string;
    authorized: number;
    captured: number;
    refunded: number;
    attempts: { at: string; outcome: string; code?: string }[];
  };
  shipments: { id: string; warehouse: string; status: string; lines: Line[]; dispatchedAt?: string }[];
  returns: ReturnView[];
  steps: StepView[];
  failure?: { code: string; message: string; step: string };
  possible: string[];
  placedAt: string;
  updatedAt: string;
  endedAt?: string;
}

export interface StepView {
  id: string;
  dependsOn: string[];
  group?: string;
  state: string;
  startedAt?: string;
  finishedAt?: string;
  dueAt?: string;
}

export interface ReturnView {
  id: string;
  status: string;
  lines: Line[];
  refunded: number;
}

/** The order book's row of an order. */
export interface BookRow {
  orderId: string;
  revision: number;
  /** As the order's run published it. Null while only returns or late payments are there. */
  view: View | null;
  /** As the runs of its returns published them. */
  returns: ReturnView[];
  /** The ids of its late payments. */
  latePayments: string[];
}

export interface Inventory {
  stock: {
    sku: string;
    warehouse: string;
    /** What was there before the first order. Absent: the sum of the columns cannot be verified. */
    initial?: number;
    available: number;
    reserved: number;
    committed: number;
  }[];
  reservations: { orderId: string; released: boolean; expiresAt?: number }[];
  pieces: {
    orderId: string;
    shipmentId: string;
    sku: string;
    warehouse: string;
    quantity: number;
    restocked: number;
    state: 'reserved' | 'committed' | 'released' | 'expired';
    /** The carrier lost the parcel: its pieces stay sold. */
    lost: boolean;
    replaces?: string;
  }[];
}

interface PaymentTables {
  payments: {
    orderId: string;
    captured: number;
    refunded: number;
    voided: boolean;
    settled: boolean;
  }[];
  authorizations: { id: string; orderId: string; amount: number; held: number }[];
  /** In the order in which they were stored. */
  operations: {
    orderId: string;
    kind: 'authorize' | 'void' | 'capture' | 'refund' | 'release';
    amount: number;
    at: number;
    key: string;
    /** The parcel of a capture; the parcel, return or order of a refund; the message of a recorded payment. */
    subject?: string;
    /** Set for money that came and went at once. */
    currency?: string;
  }[];
}

interface Shipping {
  bookings: {
    shipmentId: string;
    orderId: string;
    status: 'booked' | 'dispatched' | 'delivered' | 'cancelled';
    carrier?: string;
    /** Absent for a cancellation that came before its booking. */
    bookedAt?: number;
  }[];
  /** The events of the simulated carrier that have happened. */
  carrierEvents: { shipmentId: string; type: 'shipment.dispatched' | 'shipment.delivered'; at: number }[];
}

/** A row of the outbox. */
export interface Notice {
  orderId: string;
  event: string;
  subject: string;
  state: 'queued' | 'sent' | 'failed';
}

/** A call that a service answered and stored under its key. */
export interface ServiceCall {
  service: 'inventory' | 'payment' | 'shipping' | 'notification';
  operation: string;
  key: string;
  /** 200, or the status of a rejection. */
  status: number;
  at: number;
  /** Orders calls of the same time: a later one has a higher number. Absent: their order is not known. */
  seq?: number;
  /** Of a cancelled booking: what the service answered. */
  answer?: string;
}
