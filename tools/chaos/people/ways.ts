import type { OrderView } from '../../../contracts/order.js';
import type { Life, Move, Way } from './life.js';

const is =
  (...statuses: OrderView['status'][]) =>
  (view: OrderView) =>
    statuses.includes(view.status);
/** Of the parcels that are not cancelled: a cancel that comes with the news that one has left ends the others. */
const parcels = (is: OrderView['shipments'][number]['status']) => (view: OrderView) => {
  const kept = view.shipments.filter(({ status }) => status !== 'cancelled');
  return kept.length > 0 && kept.every(({ status }) => status === is);
};
const later = { payment: { method: 'later' as const } };
const card = (token: string) => ({ payment: { method: 'card' as const, token } });
const simulated = { carrier: 'simulated' as const };
const signedBy = { signedBy: 'Ada Example' };
const line = (sku: string, quantity = 1, unitPrice = 1250) => ({ sku, quantity, unitPrice });

/** Somebody does what the order's state allows. A shop that cancels at once does not look. */
const command = (name: string, when: Move['when'], body: object = {}, path = name, key?: string): Move => ({
  name,
  when: (view) => when(view) && (path === 'cancel' || view.possible.includes(possibleOf(path))),
  act: (life) => life.command(name, path, body, key),
});
const possibleOf = (path: string) => (path === 'returns' ? 'return' : path) as OrderView['possible'][number];
const deliver = (life: Life, data: object = signedBy) => life.report('shipment.delivered', data);

/** The carrier takes all parcels and brings them. */
const carried = (data: object = signedBy): Move[] => [
  {
    name: 'dispatch',
    when: parcels('booked'),
    act: (life) =>
      life.report('shipment.dispatched', { trackingNumber: 'T-1', carrier: 'Example Post' }, () => deliver(life, data)),
  },
  { name: 'deliver', when: parcels('dispatched'), act: (life) => deliver(life, data) },
];
const paid = (less = 0): Move => ({
  name: `pay${less}`,
  when: (view) => view.status === 'awaiting_payment' && (less > 0 || view.payment.status !== 'authorized'),
  act: (life, { total, currency }) => life.report('payment.succeeded', { amount: total - less, currency }),
});
const returned = (quantity: number): Move[] => [
  command('return', is('completed'), { lines: [{ sku: 'mug', quantity }], reason: 'too many' }, 'returns'),
  {
    name: 'receive',
    when: ({ returns }) => returns.some(({ status }) => status === 'approved'),
    act: async (life, { returns }) => {
      for (const { id } of returns) await life.report('return.received', { returnId: id });
    },
  },
];

/**
 * The ways of made-up orders: every path of the process.
 *
 * @param operator the key of the operator.
 * @param few a product with few pieces that many orders want.
 * @param own a product with one piece that this order alone wants.
 */
export function waysOf(operator: string, few: string, own: string): Way[] {
  const tooMany = { lines: [line(own, 2)], ...simulated };
  const cancels = (name: string, when: Move['when']) => command(name, when, { reason: 'changed my mind' }, 'cancel');
  return [
    { name: 'simulated carrier', order: simulated, moves: [] },
    { name: 'external carrier', order: {}, moves: carried() },
    { name: 'slow card', order: { ...simulated, ...card('tok_slow') }, moves: [] },
    { name: 'flaky card', order: { ...simulated, ...card('tok_flaky') }, moves: [] },
    {
      name: 'two parcels',
      order: { lines: [line('vase'), line('lamp', 2)] },
      moves: ['east', 'west'].flatMap((warehouse) => eachParcel(warehouse)),
    },
    { name: 'paid later', order: later, moves: [paid(), ...carried()] },
    {
      name: 'declined, then paid',
      order: { ...later, ...simulated },
      moves: [
        command('declined', is('awaiting_payment'), { method: 'card', token: 'tok_declined' }, 'payment'),
        command('paid', is('awaiting_payment'), { method: 'card', token: 'tok_ok' }, 'payment'),
      ],
    },
    { name: 'wrong amount, then paid', order: { ...later, ...simulated }, moves: [paid(1), paid()] },
    { name: 'never paid', order: later, moves: [], rests: is('awaiting_payment') },
    {
      name: 'money after the cancel',
      order: later,
      moves: [
        cancels('cancel', is('awaiting_payment')),
        {
          name: 'pay',
          when: is('cancelled'),
          act: (life, { total, currency }) => life.report('payment.succeeded', { amount: total, currency }),
        },
      ],
    },
    {
      name: 'shortage, takes what is there',
      order: tooMany,
      moves: [command('accept', is('awaiting_customer'), { decision: 'accept_partial' }, 'decision')],
    },
    {
      name: 'shortage, cancels',
      order: tooMany,
      moves: [command('refuse', is('awaiting_customer'), { decision: 'cancel' }, 'decision')],
    },
    { name: 'shortage, says nothing', order: tooMany, moves: [] },
    { name: 'out of stock', order: { lines: [line('gone')] }, moves: [] },
    { name: 'unknown product', order: { lines: [line('unheard-of')] }, moves: [] },
    { name: 'declined', order: card('tok_declined'), moves: [] },
    { name: 'fraud', order: card('tok_fraud'), moves: [] },
    {
      name: 'review, approved',
      order: { ...simulated, ...card('tok_review') },
      moves: [command('approve', is('awaiting_review'), { decision: 'approve' }, 'review', operator)],
    },
    {
      name: 'review, rejected',
      order: card('tok_review'),
      moves: [command('reject', is('awaiting_review'), { decision: 'reject' }, 'review', operator)],
    },
    { name: 'review, nobody looks', order: card('tok_review'), moves: [] },
    { name: 'cancelled at once', order: {}, moves: [cancels('cancel', () => true), ...carried()] },
    { name: 'cancelled when confirmed', order: {}, moves: [cancels('cancel', is('confirmed')), ...carried()] },
    {
      name: 'cancelled by an operator',
      order: { lines: [line('vase'), line('lamp')] },
      moves: [command('cancel', parcels('booked'), {}, 'cancel', operator), ...carried()],
    },
    {
      name: 'amended, then paid',
      order: { ...later, lines: [line('mug', 3), line('tee', 2, 990)] },
      moves: [
        command('fewer', is('awaiting_payment'), { lines: [{ sku: 'mug', quantity: 1 }] }, 'amend'),
        paid(),
        ...carried(),
      ],
    },
    {
      name: 'parcel lost',
      order: {},
      moves: [
        { name: 'dispatch', when: parcels('booked'), act: (life) => life.report('shipment.dispatched') },
        { name: 'lose', when: parcels('dispatched'), act: (life) => life.report('shipment.lost') },
        {
          name: 'bring the replacement',
          when: ({ shipments }) => shipments.some(({ id, status }) => id.endsWith('-2') && status === 'booked'),
          act: (life, { shipments }) => deliver(life, { shipmentId: shipments.at(-1)!.id, ...signedBy }),
        },
      ],
    },
    {
      name: 'sent back',
      order: {},
      moves: [
        { name: 'dispatch', when: parcels('booked'), act: (life) => life.report('shipment.dispatched') },
        {
          name: 'bring back',
          when: parcels('dispatched'),
          act: (life) => life.report('shipment.returned', { reason: 'refused' }),
        },
      ],
    },
    { name: 'one of two returned', order: simulated, moves: returned(1) },
    { name: 'all returned', order: { ...simulated, lines: [line('mug', 3)] }, moves: returned(3) },
    {
      name: 'return rejected',
      order: { ...simulated, lines: [line('mug', 3)] },
      moves: [
        returned(3)[0]!,
        {
          name: 'reject the return',
          when: ({ returns }) => returns.some(({ status }) => status === 'requested'),
          act: (life, { returns }) =>
            life.command('reject', `returns/${returns[0]!.id}/review`, { decision: 'reject' }, operator),
        },
      ],
    },
    {
      name: 'receipt',
      order: {},
      moves: [...carried({}), command('receipt', is('delivered'))],
    },
    { name: 'signed for by nobody', order: {}, moves: carried({}) },
    { name: 'the last pieces', order: { ...simulated, lines: [line(few)] }, moves: [] },
    { name: 'the last pieces, cancelled', order: { lines: [line(few)] }, moves: [cancels('cancel', is('confirmed'))] },
    { name: 'waits for its carrier', order: {}, moves: [], rests: parcels('booked') },
  ];
}

function eachParcel(warehouse: string): Move[] {
  const idOf = (view: OrderView) => view.shipments.find((shipment) => shipment.warehouse === warehouse)!.id;
  const has = (status: string) => (view: OrderView) =>
    view.shipments.some((shipment) => shipment.warehouse === warehouse && shipment.status === status);
  return [
    {
      name: `dispatch ${warehouse}`,
      when: has('booked'),
      act: (life, view) =>
        life.report('shipment.dispatched', { shipmentId: idOf(view) }, () =>
          deliver(life, { shipmentId: idOf(view), ...signedBy }),
        ),
    },
    {
      name: `deliver ${warehouse}`,
      when: has('dispatched'),
      act: (life, view) => deliver(life, { shipmentId: idOf(view), ...signedBy }),
    },
  ];
}
