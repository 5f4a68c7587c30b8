import { ApplicationFailure, CancellationScope, setCurrentDetails } from '@temporalio/workflow';
import { inventory, payment, shipping } from '../services.js';
import type { Taken } from '../../activities/payment.js';
import type { OrderView, ShipmentView } from '../../contracts/order.js';
import type { OrderPublication } from '../../contracts/publication.js';
import { serviceTaskQueue } from '../temporal/protocol.js';
import type { SettleInput } from './messages.js';
import { isoNow, now } from '../temporal/clock.js';
import { Publisher } from '../temporal/publisher.js';
import type { Call } from '../engine/call.js';
import { Cut } from '../engine/ports.js';
import { TemporalPorts } from '../temporal/ports.js';
import { settledView } from './settled-view.js';
import { stepsTable } from './steps-table.js';

const hour = 3_600_000;

/**
 * Settles an order whose own run was ended from outside. It undoes everything that is not dispatched, and publishes the order's last view.
 * The run may have ended between a call and its publication, so the services are asked what they hold. Each call is retried until it is
 * answered.
 */
export async function settleOrder({ view: before, fingerprint }: SettleInput): Promise<OrderView> {
  const { id: orderId } = before;
  const ports = new TemporalPorts({ taskQueue: serviceTaskQueue, retryBudgetMs: hour });
  let view = before;
  const publisher = new Publisher<OrderPublication>({
    activity: 'orders.publish',
    publication: (position) => {
      setCurrentDetails(stepsTable(view));
      return { position, fingerprint, view };
    },
    ports,
  });

  async function call<Answer>({ service, operation, input, subject }: Call<Answer>): Promise<Answer> {
    const name = subject === undefined ? operation : `${operation}:${subject}`;
    const request = {
      service,
      operation,
      input: { ...input, key: `${orderId}:settle:${name}` },
      activityId: `settle:${name}`,
      summary: 'settle',
      queued: false,
      endless: true,
    };
    const outcome = await ports.call(request, new Cut(), { slow: () => {}, overdue: () => {} });
    if (outcome.kind === 'answer') return outcome.answer as Answer;
    const { code, message } =
      outcome.kind === 'cut' ? { code: 'cut', message: 'The call was given up.' } : outcome.failure;
    throw ApplicationFailure.nonRetryable(message, code);
  }

  /** Cancels the booking of each parcel that is not dispatched: those of the view, and those that only inventory knows. */
  async function callParcelsBack(): Promise<ShipmentView[]> {
    const known = new Set(before.shipments.map((parcel) => parcel.id));
    const held = await call(inventory.parcels({ orderId }));
    const unseen = held.filter((parcel) => !known.has(parcel.shipmentId));
    const parcels: ShipmentView[] = [
      ...before.shipments,
      ...unseen.map(({ shipmentId, warehouse, lines }) => ({
        id: shipmentId,
        warehouse,
        lines,
        status: 'planned' as const,
      })),
    ];
    return Promise.all(
      parcels.map(async (parcel) => {
        if (parcel.status !== 'planned' && parcel.status !== 'booked') return parcel;
        const { status } = await call(shipping.cancel({ shipmentId: parcel.id, orderId }, parcel.id));
        return status === 'cancelled' ? { ...parcel, status } : { ...parcel, status, dispatchedAt: isoNow() };
      }),
    );
  }

  /** Stock of a returned parcel is back in the warehouse; that of a lost parcel is not. */
  async function giveStockBack(parcels: readonly ShipmentView[]): Promise<void> {
    if (!parcels.some(isOut)) {
      await call(inventory.uncommit({ orderId }));
      await call(inventory.release({ orderId }));
      return;
    }
    const here = parcels.filter(({ status }) => status === 'cancelled' || status === 'returned');
    await Promise.all(here.map(({ id }) => call(inventory.release({ orderId, shipmentId: id }, id))));
  }

  /** Releases what is authorized, and pays back what was captured, except for parcels that are dispatched. */
  async function giveMoneyBack(parcels: readonly ShipmentView[]) {
    const balance = parcels.some(isOut)
      ? await call(payment.settle({ orderId }))
      : await call(payment.void({ orderId }));
    const taken = await call(payment.taken({ orderId }));
    const kept = taken.filter(({ subject }) => isOutOrReplaced(parcels, subject));
    const due = taken
      .filter((each) => !kept.includes(each))
      .reduce((sum, { captured, refunded }) => sum + captured - refunded, 0);
    if (due > 0) return call(payment.refund({ orderId, subject: orderId, amount: due }));
    // After a crash this may be done again: `taken` then has the refund already, and the stored answer above does not.
    return { ...balance, captured: sumOf(taken, 'captured'), refunded: sumOf(taken, 'refunded') };
  }

  return CancellationScope.nonCancellable(async () => {
    const publishing = publisher.run();
    const shipments = await callParcelsBack();
    const [balance] = await Promise.all([giveMoneyBack(shipments), giveStockBack(shipments)]);
    view = settledView(before, { shipments, balance }, now());
    publisher.changed();
    publisher.close();
    await publishing;
    return view;
  });
}

function sumOf(taken: readonly Taken[], side: 'captured' | 'refunded'): number {
  return taken.reduce((sum, subject) => sum + subject[side], 0);
}

function isOut({ status }: ShipmentView): boolean {
  return status === 'dispatched' || status === 'delivered';
}

/** Whether the customer has, or will get, the goods of this parcel. A replacement of a lost parcel has the same lines. */
function isOutOrReplaced(parcels: readonly ShipmentView[], id: string): boolean {
  const paid = parcels.find((parcel) => parcel.id === id);
  if (!paid) return false;
  const lines = JSON.stringify(paid.lines);
  return (
    isOut(paid) ||
    (paid.status === 'lost' && parcels.some((p) => isOut(p) && /-\d+$/.test(p.id) && JSON.stringify(p.lines) === lines))
  );
}
