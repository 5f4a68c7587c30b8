import type { ServiceName } from '../../../src/config/index.js';
import type { Driver } from './driver.js';
import type { Life } from './life.js';
import { amendWhilePaying, awaitPayment, card, dispatch, pay, placeShort } from './moves.js';

/** Another run has undone what the call needs, so an operator has to abandon the order. */
const undone: Life['end'] = { status: 'needs_attention', failure: 'reset_after_undo', open: true };
const stuck = (failure: string): Life['end'] => ({ status: 'needs_attention', failure, open: true });
const failed = (failure: string): Life['end'] => ({ status: 'failed', failure });

const place = (order: Driver): Promise<unknown> => order.place();
const amend = async (order: Driver): Promise<void> => {
  await awaitPayment(order);
  await order.command('amend', { lines: [{ sku: 'mug', quantity: 1 }] });
};
const payLater = async (order: Driver): Promise<void> => {
  await awaitPayment(order);
  await pay(order);
};
const lose = async (order: Driver): Promise<void> => {
  await order.place();
  await dispatch(order);
  await order.sendEvent('shipment.lost');
};
const sendBack = async (order: Driver): Promise<void> => {
  await order.place();
  await dispatch(order);
  await order.sendEvent('shipment.returned');
};

interface Rejected {
  service: ServiceName;
  operation: string;
  code: string;
  play: (order: Driver) => Promise<unknown>;
  end: Life['end'];
}

const later = (order: Driver): Promise<unknown> => order.place({ payment: { method: 'later' } });

/** What services reject, call by call, where no other life has it. */
const rejected: Rejected[] = [
  {
    service: 'inventory',
    operation: 'reserve',
    code: 'reservation_released',
    play: place,
    end: stuck('reservation_released'),
  },
  { service: 'inventory', operation: 'reserve', code: 'undone', play: place, end: undone },
  { service: 'inventory', operation: 'renew', code: 'out_of_stock', play: later, end: failed('out_of_stock') },
  {
    service: 'inventory',
    operation: 'renew',
    code: 'reservation_released',
    play: placeShort,
    end: stuck('reservation_released'),
  },
  { service: 'inventory', operation: 'renew', code: 'undone', play: later, end: undone },
  {
    service: 'inventory',
    operation: 'reduce',
    code: 'reservation_released',
    play: amend,
    end: stuck('reservation_released'),
  },
  { service: 'inventory', operation: 'reduce', code: 'undone', play: amend, end: undone },
  { service: 'inventory', operation: 'commit', code: 'out_of_stock', play: place, end: failed('out_of_stock') },
  {
    service: 'inventory',
    operation: 'commit',
    code: 'reservation_released',
    play: place,
    end: stuck('reservation_released'),
  },
  { service: 'inventory', operation: 'commit', code: 'undone', play: place, end: undone },
  {
    service: 'inventory',
    operation: 'replace',
    code: 'reservation_released',
    play: lose,
    end: { status: 'cancelled', failure: 'lost_in_transit' },
  },
  {
    service: 'inventory',
    operation: 'restock',
    code: 'return_exceeds_sold',
    play: sendBack,
    end: stuck('return_exceeds_sold'),
  },
  { service: 'payment', operation: 'authorize', code: 'payment_voided', play: place, end: stuck('payment_voided') },
  { service: 'payment', operation: 'authorize', code: 'fraud_rejected', play: place, end: failed('fraud_rejected') },
  { service: 'payment', operation: 'authorize', code: 'undone', play: place, end: undone },
  { service: 'payment', operation: 'record', code: 'undone', play: payLater, end: undone },
  {
    service: 'payment',
    operation: 'reduce',
    code: 'capture_refused',
    play: amendWhilePaying,
    end: failed('capture_refused'),
  },
  { service: 'payment', operation: 'reduce', code: 'undone', play: amendWhilePaying, end: undone },
  {
    service: 'payment',
    operation: 'capture',
    code: 'undone',
    play: async (order) =>
      void (await order
        .place()
        .then(() => order.untilParcels('booked').then(() => order.sendEvent('shipment.dispatched')))),
    end: undone,
  },
  { service: 'shipping', operation: 'book', code: 'booking_cancelled', play: place, end: stuck('booking_cancelled') },
  {
    service: 'shipping',
    operation: 'book',
    code: 'undeliverable_address',
    play: place,
    end: failed('undeliverable_address'),
  },
  { service: 'shipping', operation: 'book', code: 'undone', play: place, end: undone },
];

/** What services fail to answer once, call by call, where no other life has it. */
const failedOnce: Omit<Rejected, 'code'>[] = [
  {
    service: 'inventory',
    operation: 'renew',
    play: (order) => awaitPayment(order),
    end: { status: 'awaiting_payment', open: true },
  },
  {
    service: 'inventory',
    operation: 'uncommit',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.handle().cancel();
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  { service: 'inventory', operation: 'replace', play: lose, end: { status: 'shipping', open: true } },
  {
    service: 'inventory',
    operation: 'restock',
    play: sendBack,
    end: { status: 'cancelled', failure: 'returned_to_sender' },
  },
  { service: 'payment', operation: 'reduce', play: amendWhilePaying, end: { status: 'confirmed', open: true } },
];

const callOf = (operation: string): RegExp => new RegExp(`:${operation}(:[^:]+)?$`);

/** Calls that a service rejects. */
export const rejections: Life[] = [
  ...rejected.map(({ service, operation, code, play, end }): Life => ({
    name: `rejected-${service}-${operation}-${code.replaceAll('_', '-')}`,
    story: `The ${service} service rejects ${operation}: ${code}.`,
    play: async (order) => {
      order.rejects(service, callOf(operation), code);
      await play(order);
    },
    end,
  })),
  ...failedOnce.map(({ service, operation, play, end }): Life => ({
    name: `failing-${service}-${operation}`,
    story: `The ${service} service does not answer ${operation} at first.`,
    play: async (order) => {
      order.fails(service, callOf(operation), 1);
      await play(order);
    },
    end,
  })),
  {
    name: 'rejected-payment-record-declined',
    story: 'The payment service rejects two payments that the provider reports, and the customer pays by card.',
    play: async (order) => {
      await awaitPayment(order);
      const declined = order.rejects('payment', /:record:/, 'payment_declined');
      await pay(order);
      await order.until(({ payment }) => payment.attempts.length === 1);
      declined.end();
      const voided = order.rejects('payment', /:record:/, 'payment_voided');
      const { total, currency } = await order.untilStatus('awaiting_payment');
      await order.sendEvent('payment.succeeded', { amount: total, currency }, 'again');
      await order.until(({ payment }) => payment.attempts.length === 2);
      voided.end();
      await order.command('payment', card('tok_ok'));
    },
    end: { status: 'confirmed', open: true },
  },
];
