import { expect, it } from 'vitest';
import { expectEnded } from './expectations.js';
import { testOrders } from './test-orders.js';

const orders = testOrders();

it('goes from placed to completed, each step after its dependencies', async () => {
  const order = await orders.place();
  const confirmed = await order.until((v) => v.status === 'confirmed' && v.shipments[0]?.status === 'booked');
  expect(confirmed.possible).toEqual(['cancel', 'resolve']);
  expect(confirmed.payment).toMatchObject({ status: 'authorized', authorized: 2990, captured: 0 });
  await order.event('shipment.dispatched', { trackingNumber: 'T1', carrier: 'DHL' });
  const shipping = await order.until((v) => v.status === 'shipping' && v.payment.status === 'captured');
  expect(shipping.shipments).toEqual([
    {
      id: `${order.id}-east`,
      warehouse: 'east',
      status: 'dispatched',
      trackingNumber: 'T1',
      carrier: 'DHL',
      lines: [{ sku: 'mug', quantity: 2 }],
      dispatchedAt: '2020-01-02T03:04:05.000Z',
    },
  ]);
  expect(shipping.possible).toEqual(['receipt', 'resolve']);
  await order.event('shipment.delivered', { signedBy: 'A. Customer' });
  const end = await order.end();
  expect(end.run).toEqual({ closed: 'completed' });
  expect(end.view.status).toBe('completed');
  expect(end.view.payment).toMatchObject({ authorized: 0, captured: 2990, refunded: 0, status: 'captured' });
  expect(end.view.possible).toEqual(['return']);
  expect(end.view.failure).toBeUndefined();
  expectEnded(order, end);
  expect(order.services.calls.map((c) => c.operation)).toEqual([
    'inventory.reserve',
    'payment.screen',
    'payment.authorize',
    'inventory.commit',
    'notification.notify',
    'shipping.book',
    'notification.notify',
    'payment.capture',
    'payment.settle',
    'notification.notify',
  ]);
  expect(order.services.told).toEqual(['confirmed', 'shipped', 'completed']);
  // The key names the order, the step and the operation, so that it survives changes of the code around it.
  expect(order.services.callsOf('payment.authorize')[0]!.key).toBe(`${order.id}:authorizePayment:authorize`);
});

it('ships the parcels of an order side by side', async () => {
  const order = await orders.place({
    order: {
      lines: [
        { sku: 'vase', quantity: 1, unitPrice: 3000 },
        { sku: 'lamp', quantity: 1, unitPrice: 1000 },
      ],
    },
  });
  const view = await order.until(
    (v) => v.steps.filter((s) => s.id.startsWith('awaitDispatch:') && s.state === 'waiting').length === 2,
  );
  const [east, west] = ['east', 'west'].map((w) => view.steps.find((s) => s.id === `awaitDispatch:${order.id}-${w}`)!);
  expect(east).toMatchObject({ state: 'waiting', group: 'ship', dependsOn: [`bookParcel:${order.id}-east`] });
  expect(west).toMatchObject({ state: 'waiting', group: 'ship', dependsOn: [`bookParcel:${order.id}-west`] });
  expect(view.steps.find((s) => s.id === 'ship')).toMatchObject({ state: 'waiting', dependsOn: ['confirmOrder'] });
});
