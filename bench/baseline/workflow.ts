import { CancellationScope, condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import { parcelShares } from '../../contracts/money.js';
import type { PlainActivities } from './activities.js';
import { delivered, dispatched, type PlainOrder } from './order.js';

const activities = proxyActivities<PlainActivities>({
  startToCloseTimeout: '10s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

/**
 * An order as a plain saga: ordinary activities one after the other. Each undo is registered before its step, and if a step fails, the undos
 * run in reverse order.
 */
export async function plainOrder(order: PlainOrder): Promise<{ orderId: string; status: 'completed' }> {
  const { orderId } = order;
  const undos: (() => Promise<void>)[] = [];
  const dispatchedParcels = new Set<string>();
  const deliveredParcels = new Set<string>();
  setHandler(defineSignal<[string]>(dispatched), (shipmentId) => void dispatchedParcels.add(shipmentId));
  setHandler(defineSignal<[string]>(delivered), (shipmentId) => void deliveredParcels.add(shipmentId));
  try {
    undos.unshift(() => activities.release(orderId));
    const parcels = await activities.reserve(order);
    await activities.screen(order);
    undos.unshift(() => activities.voidPayment(orderId));
    await activities.authorize(order);
    undos.unshift(() => activities.uncommit(orderId));
    await activities.commit(orderId);
    await activities.notify(orderId, 'confirmed');
    for (const parcel of parcels) {
      undos.unshift(() => activities.cancelBooking(orderId, parcel.shipmentId));
      await activities.book(order, parcel);
    }
    await condition(() => parcels.every(({ shipmentId }) => dispatchedParcels.has(shipmentId)));
    // The parcels have left: from here on nothing is undone.
    undos.length = 0;
    const shares = parcelShares({ ...order, adjustments: [] }, parcels);
    for (const [i, { shipmentId }] of parcels.entries()) {
      await activities.capture(orderId, shipmentId, shares[i]!);
      await activities.notify(orderId, 'shipped', shipmentId);
    }
    await condition(() => parcels.every(({ shipmentId }) => deliveredParcels.has(shipmentId)));
    await activities.settle(orderId);
    await activities.notify(orderId, 'completed');
    return { orderId, status: 'completed' };
  } catch (error) {
    await CancellationScope.nonCancellable(async () => {
      for (const undo of undos) await undo();
      await activities.notify(orderId, 'failed');
    });
    throw error;
  }
}

/** The least that a run can be: from its start to its end. */
export async function emptyWorkflow(): Promise<void> {}
