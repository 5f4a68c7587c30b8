import type { OrderView, PlaceOrder } from '../../../contracts/order.js';
import { latestOf } from '../../../workflows/engine/versions.js';
import { initialView, orderVersions, reserveStock } from '../../../workflows/order/process.js';
import { orderIdFor } from '../../temporal/ids.js';

/** The example in the documentation. It has fixed times and ids, so the document changes only with the code. */
export const exampleOrder: PlaceOrder = {
  customerId: 'c-1',
  currency: 'EUR',
  lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250, name: 'Mug' }],
  shippingFee: 490,
  adjustments: [{ kind: 'discount', label: 'Spring', amount: -500 }],
  payment: { method: 'card', token: 'tok_ok' },
  shippingAddress: { name: 'Ada Example', line1: 'Main Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
  reference: 'web-1001',
};

export const exampleId = orderIdFor('demo', 'web-1001');

const placedAt = '2026-05-04T09:30:00.000Z';
const self = `http://127.0.0.1:3000/v1/orders/${exampleId}`;

export const exampleView: OrderView = {
  ...initialView({
    orderId: exampleId,
    shopId: 'demo',
    order: exampleOrder,
    placedAt,
    process: { name: 'order', version: latestOf(orderVersions).version },
    deadlines: {
      paymentMs: 1_800_000,
      reviewMs: 86_400_000,
      decisionMs: 86_400_000,
      autoSignMs: 1_209_600_000,
      returnWindowMs: 2_592_000_000,
    },
    stepRetryBudgetMs: 3_600_000,
  }),
  links: {
    self,
    events: `${self}/events`,
    history: `${self}/history`,
    temporalUi: `http://127.0.0.1:8233/namespaces/default/workflows/order%3A${exampleId}`,
  },
};

export const exampleHistory = {
  workflowId: `order:${exampleId}`,
  runId: '0198d2a4-2f6e-7c11-9d0e-3b5c1f2a7e60',
  temporalUi: exampleView.links!.temporalUi,
  events: [
    { id: 1, time: placedAt, type: 'WorkflowExecutionStarted' },
    {
      id: 5,
      time: placedAt,
      type: 'LocalActivity',
      step: reserveStock.id,
      attempt: 1,
      summary: `${reserveStock.id}: reserve`,
    },
  ],
};

export const exampleWebhook = {
  type: 'shipment.delivered',
  timestamp: '2026-05-06T14:02:11Z',
  data: { orderId: exampleId, shipmentId: `${exampleId}-east`, signedBy: 'A. Example' },
};
