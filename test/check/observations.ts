import type { Observation, Run, ServiceCall, StepView, View } from '../../tools/check/observation.js';

/** Small observations of one order, to change one thing in. */

const noon = Date.parse('2027-05-08T12:00:00Z');
export const orderId = 'ord_one';
export const east = `${orderId}-east`;
export const at = (seconds: number) => noon + seconds * 1000;
const iso = (seconds: number) => new Date(at(seconds)).toISOString();

function step(id: string, dependsOn: string[], state = 'done', seconds = 1): StepView {
  return { id, dependsOn, state, startedAt: iso(seconds), finishedAt: iso(seconds) };
}

function call(service: ServiceCall['service'], step: string, operation: string, seconds: number): ServiceCall {
  return { service, operation, key: `${orderId}:${step}:${operation}`, status: 200, at: at(seconds), seq: seconds };
}

const before = ['reserveStock', 'screenFraud'];

function stepsOf(end: 'done' | 'undone'): StepView[] {
  return [
    step('reserveStock', [], end),
    step('screenFraud', []),
    step('authorizePayment', before, end),
    step('confirmOrder', ['authorizePayment'], end),
    step('notifyConfirmed', ['confirmOrder']),
    { ...step(`bookParcel:${east}`, ['confirmOrder'], end), group: 'ship' },
  ];
}

function view(status: string, more: Partial<View>): View {
  return {
    id: orderId,
    status,
    revision: 5,
    currency: 'EUR',
    total: 2990,
    lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250, reserved: status === 'completed' ? 2 : 0 }],
    shippingFee: 490,
    adjustments: [],
    payment: { method: 'card', status: 'captured', authorized: 0, captured: 0, refunded: 0, attempts: [attempt] },
    shipments: [{ id: east, warehouse: 'east', status: 'cancelled', lines: [{ sku: 'mug', quantity: 2 }] }],
    returns: [],
    steps: [],
    possible: [],
    placedAt: iso(0),
    updatedAt: iso(20),
    endedAt: iso(20),
    ...more,
  };
}

const attempt = { at: iso(2), outcome: 'authorized' };

function observationOf(run: Omit<Run, 'workflowId' | 'runId' | 'orderId' | 'startedAt'>, shown: View): Observation {
  return {
    at: at(120),
    settledForMs: 100_000,
    answers: [
      {
        kind: 'place',
        askedAt: at(0),
        answeredAt: at(1),
        status: 201,
        orderId,
        key: 'k1',
        body: {
          ...shown,
          status: 'placed',
          revision: 1,
          shipments: [],
          payment: { ...shown.payment, captured: 0, refunded: 0, attempts: [] },
        },
      },
      { kind: 'read', askedAt: at(30), answeredAt: at(31), status: 200, orderId, body: shown },
    ],
    runs: [
      {
        workflowId: `order:${orderId}`,
        runId: 'run-1',
        orderId,
        startedAt: at(0),
        updates: [],
        signals: [],
        deadlines: { paymentMs: 60_000, reviewMs: 60_000, decisionMs: 60_000, autoSignMs: 60_000 },
        view: shown,
        ...run,
      },
    ],
    book: [{ orderId, revision: 5, view: shown, returns: [], latePayments: [] }],
  };
}

/** An order of two mugs that was paid, sent, delivered and signed for. */
export function completedOrder(): Observation {
  const shown = view('completed', {
    payment: { method: 'card', status: 'captured', authorized: 0, captured: 2990, refunded: 0, attempts: [attempt] },
    shipments: [
      { id: east, warehouse: 'east', status: 'delivered', lines: [{ sku: 'mug', quantity: 2 }], dispatchedAt: iso(10) },
    ],
    steps: [...stepsOf('done'), step('notifyCompleted', ['completeOrder'])],
  });
  return {
    ...observationOf({ type: 'processOrder', status: 'completed', closedAt: at(20) }, shown),
    inventory: {
      stock: [{ sku: 'mug', warehouse: 'east', initial: 10, available: 8, reserved: 0, committed: 2 }],
      reservations: [{ orderId, released: false }],
      pieces: [
        {
          orderId,
          shipmentId: east,
          sku: 'mug',
          warehouse: 'east',
          quantity: 2,
          restocked: 0,
          state: 'committed',
          lost: false,
        },
      ],
    },
    payment: {
      payments: [{ orderId, captured: 2990, refunded: 0, voided: false, settled: true }],
      authorizations: [{ id: 'auth_1', orderId, amount: 2990, held: 0 }],
      operations: [
        { orderId, kind: 'authorize', amount: 2990, at: at(2), key: `${orderId}:authorizePayment:authorize` },
        {
          orderId,
          kind: 'capture',
          amount: 2990,
          at: at(11),
          key: `${orderId}:capturePayment:${east}:capture`,
          subject: east,
        },
      ],
    },
    shipping: {
      bookings: [{ shipmentId: east, orderId, status: 'delivered', carrier: 'simulated', bookedAt: at(4) }],
      carrierEvents: [
        { shipmentId: east, type: 'shipment.dispatched', at: at(10) },
        { shipmentId: east, type: 'shipment.delivered', at: at(15) },
      ],
    },
    notification: [
      { orderId, event: 'confirmed', subject: '', state: 'sent' },
      { orderId, event: 'completed', subject: '', state: 'sent' },
    ],
    calls: [
      call('inventory', 'reserveStock', 'reserve', 1),
      call('payment', 'screenFraud', 'screen', 1),
      call('payment', 'authorizePayment', 'authorize', 2),
      call('inventory', 'confirmOrder', 'commit', 3),
      call('shipping', `bookParcel:${east}`, 'book', 4),
      call('payment', `capturePayment:${east}`, 'capture', 11),
      call('payment', 'completeOrder', 'settle', 19),
    ],
  };
}

/** The same order, cancelled after its parcel was booked: everything was undone. */
export function cancelledOrder(): Observation {
  const shown = view('cancelled', {
    payment: { method: 'card', status: 'voided', authorized: 0, captured: 0, refunded: 0, attempts: [attempt] },
    steps: [...stepsOf('undone'), step('notifyEnded', [])],
    failure: { code: 'cancelled_by_customer', message: 'The customer cancelled the order.', step: 'ship' },
  });
  const observed = observationOf({ type: 'processOrder', status: 'completed', closedAt: at(20) }, shown);
  observed.runs![0]!.updates!.push({ id: 'k2', name: 'cancel', at: at(8) });
  observed.answers!.push({
    kind: 'command',
    name: 'cancel',
    key: 'k2',
    askedAt: at(8),
    answeredAt: at(9),
    status: 200,
    orderId,
  });
  return {
    ...observed,
    inventory: {
      stock: [{ sku: 'mug', warehouse: 'east', initial: 10, available: 10, reserved: 0, committed: 0 }],
      reservations: [{ orderId, released: true }],
      pieces: [
        {
          orderId,
          shipmentId: east,
          sku: 'mug',
          warehouse: 'east',
          quantity: 2,
          restocked: 0,
          state: 'released',
          lost: false,
        },
      ],
    },
    payment: {
      payments: [{ orderId, captured: 0, refunded: 0, voided: true, settled: false }],
      authorizations: [{ id: 'auth_1', orderId, amount: 2990, held: 0 }],
      operations: [
        { orderId, kind: 'authorize', amount: 2990, at: at(2), key: `${orderId}:authorizePayment:authorize` },
        { orderId, kind: 'void', amount: 2990, at: at(15), key: `${orderId}:authorizePayment:void` },
      ],
    },
    shipping: {
      bookings: [{ shipmentId: east, orderId, status: 'cancelled', carrier: 'simulated', bookedAt: at(4) }],
      carrierEvents: [],
    },
    notification: [
      { orderId, event: 'confirmed', subject: '', state: 'sent' },
      { orderId, event: 'cancelled', subject: '', state: 'sent' },
    ],
    calls: [
      call('inventory', 'reserveStock', 'reserve', 1),
      call('payment', 'screenFraud', 'screen', 1),
      call('payment', 'authorizePayment', 'authorize', 2),
      call('inventory', 'confirmOrder', 'commit', 3),
      call('shipping', `bookParcel:${east}`, 'book', 4),
      call('shipping', `bookParcel:${east}`, 'cancel', 12),
      call('inventory', 'confirmOrder', 'uncommit', 13),
      call('payment', 'authorizePayment', 'void', 15),
      call('inventory', 'reserveStock', 'release', 16),
    ],
  };
}

/** An order that is placed, and waits for its payment. */
export function waitingOrder(): Observation {
  const steps = [
    step('reserveStock', []),
    step('screenFraud', []),
    { id: 'authorizePayment', dependsOn: before, state: 'waiting', startedAt: iso(100) },
  ];
  const { endedAt: _, ...shown } = view('awaiting_payment', {
    payment: { method: 'later', status: 'pending', authorized: 0, captured: 0, refunded: 0, attempts: [] },
    shipments: [{ id: east, warehouse: 'east', status: 'planned', lines: [{ sku: 'mug', quantity: 2 }] }],
    steps,
    possible: ['payment', 'cancel'],
  });
  return {
    ...observationOf({ type: 'processOrder', status: 'running' }, shown),
    inventory: {
      stock: [{ sku: 'mug', warehouse: 'east', initial: 10, available: 8, reserved: 2, committed: 0 }],
      reservations: [{ orderId, released: false }],
      pieces: [
        {
          orderId,
          shipmentId: east,
          sku: 'mug',
          warehouse: 'east',
          quantity: 2,
          restocked: 0,
          state: 'reserved',
          lost: false,
        },
      ],
    },
    payment: { payments: [], authorizations: [], operations: [] },
    shipping: { bookings: [], carrierEvents: [] },
    notification: [],
    calls: [call('inventory', 'reserveStock', 'reserve', 1), call('payment', 'screenFraud', 'screen', 1)],
  };
}
