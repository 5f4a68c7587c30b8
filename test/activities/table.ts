/** A table of all activities: their input, their request, the service's answer and the result for the run. */
export interface ActivityCase {
  /** The input without the key. */
  input: object;
  method?: 'GET' | 'POST' | 'PUT';
  path: string;
  /** Undefined when the request has no body. */
  body?: object;
  answer: object;
  /** The activity's result; undefined when it returns nothing. */
  given: unknown;
}

const orderId = 'ord_1';
const shipmentId = 'ord_1-east';
const lines = [{ sku: 'mug', quantity: 2 }];
const parcel = { shipmentId, warehouse: 'east', lines };
const part = { warehouse: 'east', lines };
const expiresAt = '2030-01-01T00:00:00.000Z';
const money = { orderId, amount: 2990, currency: 'EUR' };
const address = { name: 'A', line1: 'Street 1', city: 'Town', postalCode: '12345', country: 'DE' };
/** A balance as the service answers it, and as the run gets it: without sums of 0. */
const held = { balance: { authorized: 2990, captured: 0, refunded: 0 } };
const refunded = { balance: { authorized: 0, captured: 2990, refunded: 500 } };
const position = { runId: 'r-1', length: 3, at: 5, seq: 1 };
const latePayment = { id: 'digest', at: expiresAt, outcome: 'returned' };
const view = {
  id: orderId,
  shopId: 'demo',
  customerId: 'c-1',
  status: 'completed',
  currency: 'EUR',
  total: 2990,
  lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250, reserved: 2 }],
  shippingFee: 490,
  adjustments: [],
  payment: { method: 'card', status: 'captured', authorized: 0, captured: 2990, refunded: 0, attempts: [] },
  shipments: [
    { id: shipmentId, warehouse: 'east', status: 'delivered', lines },
    { id: `${orderId}-west`, warehouse: 'west', status: 'lost', lines },
  ],
  returns: [],
  steps: [],
  possible: ['return'],
  placedAt: expiresAt,
  updatedAt: expiresAt,
  returnableUntil: expiresAt,
  email: 'a@shop.example',
};

const inventory = `/v1/reservations/${orderId}`;
const payments = `/v1/payments/${orderId}`;

export const activityTable: Record<string, ActivityCase> = {
  'inventory.reserve': {
    input: { orderId, lines, holdMs: 1000 },
    path: '/v1/reservations',
    body: { orderId, lines, holdMs: 1000 },
    answer: { parcels: [parcel], short: [{ sku: 'mug', wanted: 3, reserved: 2 }], expiresAt },
    given: { parcels: [part], short: [{ sku: 'mug', wanted: 3, reserved: 2 }] },
  },
  'inventory.release': {
    input: { orderId, shipmentId },
    path: `${inventory}/release`,
    body: { shipmentId },
    answer: {},
    given: {},
  },
  'inventory.renew': {
    input: { orderId, holdMs: 1000, known: [] },
    path: `${inventory}/renew`,
    body: { holdMs: 1000 },
    answer: { parcels: [parcel], short: [], expiresAt },
    given: { parcels: [part] },
  },
  'inventory.reduce': {
    input: { orderId, lines },
    path: `${inventory}/reduce`,
    body: { lines },
    answer: { parcels: [parcel], short: [], expiresAt },
    given: { parcels: [part] },
  },
  'inventory.commit': {
    input: { orderId, known: [] },
    path: `${inventory}/commit`,
    body: {},
    answer: { parcels: [parcel] },
    given: { parcels: [part] },
  },
  'inventory.uncommit': { input: { orderId }, path: `${inventory}/uncommit`, body: {}, answer: {}, given: {} },
  'inventory.replace': {
    input: { orderId, lostShipmentId: shipmentId },
    path: `${inventory}/replace`,
    body: { lostShipmentId: shipmentId },
    answer: { parcel },
    given: { parcel },
  },
  'inventory.stopReplacing': {
    input: { orderId, lostShipmentId: shipmentId },
    path: `${inventory}/stop-replacing`,
    body: { lostShipmentId: shipmentId },
    answer: { parcel },
    given: { parcel },
  },
  'inventory.restock': {
    input: { orderId, shipmentId, lines },
    path: '/v1/restocks',
    body: { orderId, shipmentId, lines },
    answer: {},
    given: {},
  },
  'inventory.parcels': {
    input: { orderId },
    method: 'GET',
    path: `/v1/reservations?orderId=${orderId}&limit=200`,
    answer: {
      items: [
        { orderId, ...parcel, lines: undefined, ...lines[0], restocked: 0, state: 'committed' },
        {
          orderId,
          ...parcel,
          shipmentId: 'ord_1-west',
          lines: undefined,
          ...lines[0],
          restocked: 0,
          state: 'released',
        },
      ],
      nextCursor: null,
    },
    given: [parcel],
  },
  'payment.taken': {
    input: { orderId },
    method: 'GET',
    path: `/v1/payments?orderId=${orderId}`,
    answer: {
      items: [
        {
          id: 'pay_1',
          orderId,
          currency: 'EUR',
          authorized: 0,
          captured: 2990,
          refunded: 500,
          voided: 0,
          operations: [
            { id: '1', kind: 'authorize', amount: 2990, at: expiresAt, key: 'k' },
            { id: '2', kind: 'capture', amount: 2990, at: expiresAt, key: 'k', subject: shipmentId },
            { id: '3', kind: 'refund', amount: 500, at: expiresAt, key: 'k', subject: shipmentId },
          ],
        },
      ],
      nextCursor: null,
    },
    given: [{ subject: shipmentId, captured: 2990, refunded: 500 }],
  },
  'payment.screen': {
    input: { ...money, shopId: 'demo', customerId: 'c-1', token: 'tok_ok' },
    path: '/v1/screenings',
    body: { ...money, shopId: 'demo', customerId: 'c-1', token: 'tok_ok' },
    answer: { outcome: 'review', reason: 'the limit of the day' },
    given: { outcome: 'review', reason: 'the limit of the day' },
  },
  'payment.authorize': {
    input: { ...money, token: 'tok_ok', screen: true },
    path: '/v1/authorizations',
    body: { ...money, token: 'tok_ok', screen: true },
    answer: { authorizationId: 'auth_1', ...held },
    given: { authorized: 2990 },
  },
  'payment.record': {
    input: { ...money, providerRef: 'msg_1' },
    path: '/v1/authorizations/record',
    body: { ...money, providerRef: 'msg_1' },
    answer: { authorizationId: 'auth_1', ...held },
    given: { authorizationId: 'auth_1', authorized: 2990 },
  },
  'payment.giveBack': {
    input: { orderId, amount: 2990, currency: 'EUR', providerRef: 'm-1' },
    path: `${payments}/returned`,
    body: { amount: 2990, currency: 'EUR', providerRef: 'm-1' },
    answer: { isOwn: false, ...held },
    given: { isOwn: false },
  },
  'payment.void': {
    input: { orderId, authorizationId: 'auth_1' },
    path: `${payments}/void`,
    body: { authorizationId: 'auth_1' },
    answer: held,
    given: { authorized: 2990 },
  },
  'payment.reduce': {
    input: { orderId, amount: 2990 },
    path: `${payments}/reduce`,
    body: { amount: 2990 },
    answer: held,
    given: { authorized: 2990 },
  },
  'payment.capture': {
    input: { orderId, shipmentId, amount: 2990 },
    path: `${payments}/captures`,
    body: { shipmentId, amount: 2990 },
    answer: refunded,
    given: { captured: 2990, refunded: 500 },
  },
  'payment.refund': {
    input: { orderId, subject: shipmentId, amount: 500 },
    path: `${payments}/refunds`,
    body: { subject: shipmentId, amount: 500 },
    answer: refunded,
    given: { captured: 2990, refunded: 500 },
  },
  'payment.settle': {
    input: { orderId },
    path: `${payments}/close`,
    body: {},
    answer: refunded,
    given: { captured: 2990, refunded: 500 },
  },
  'shipping.book': {
    input: { shipmentId, orderId, warehouse: 'east', carrier: 'simulated', lines, address },
    path: '/v1/shipments',
    body: { shipmentId, orderId, warehouse: 'east', carrier: 'simulated', lines, address },
    answer: { trackingNumber: 'SIM1' },
    given: { trackingNumber: 'SIM1' },
  },
  'shipping.cancel': {
    input: { shipmentId, orderId },
    path: `/v1/shipments/${shipmentId}/cancel`,
    body: { orderId },
    answer: { status: 'dispatched' },
    given: { status: 'dispatched' },
  },
  'notification.notify': {
    input: {
      orderId,
      event: 'shipped',
      subject: shipmentId,
      email: 'a@shop.example',
      facts: { trackingNumber: 'SIM1' },
    },
    path: '/v1/notifications',
    body: {
      orderId,
      event: 'shipped',
      subject: shipmentId,
      email: 'a@shop.example',
      facts: { trackingNumber: 'SIM1' },
    },
    answer: {},
    given: undefined,
  },
  'orders.publish': {
    input: { position, fingerprint: 'f', view },
    method: 'PUT',
    path: `/v1/orders/${orderId}`,
    body: { position, fingerprint: 'f', view },
    answer: { revision: 7 },
    given: 7,
  },
  'orders.awaitBook': {
    input: {},
    method: 'GET',
    path: '/v1/changes?limit=1',
    answer: { items: [], next: 0 },
    given: undefined,
  },
  'orders.publishLatePayments': {
    input: { orderId, payments: [latePayment] },
    method: 'PUT',
    path: `/v1/orders/${orderId}/late-payments`,
    body: { payments: [latePayment] },
    answer: { revision: 8 },
    given: undefined,
  },
  'orders.publishReturns': {
    input: { orderId, position, returns: [] },
    method: 'PUT',
    path: `/v1/orders/${orderId}/returns`,
    body: { position, returns: [] },
    answer: { revision: 8 },
    given: 8,
  },
  'orders.load': {
    input: { orderId },
    method: 'GET',
    path: `/v1/orders/${orderId}`,
    answer: { change: 1, fingerprint: 'f', view },
    given: {
      id: orderId,
      status: 'completed',
      lines: view.lines,
      shippingFee: 490,
      adjustments: [],
      returns: [],
      returnableUntil: expiresAt,
      email: 'a@shop.example',
      captured: 2990,
      refunded: 0,
      delivered: [{ shipmentId, lines }],
    },
  },
};
