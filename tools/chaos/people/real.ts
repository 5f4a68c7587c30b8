import type { OrderView } from '../../../contracts/order.js';
import { isEnded } from '../../../contracts/statuses.js';
import type { OrderPlan, PlannedMessage } from '../../cli/import/plan.js';
import { isSettled, type Move, type Way } from './life.js';

const every = (view: OrderView, ...statuses: OrderView['shipments'][number]['status'][]): boolean =>
  view.shipments.length > 0 && view.shipments.every(({ status }) => statuses.includes(status));

/** The way of an order of a log: its people do what was recorded. */
export function realWay(plan: OrderPlan): Way {
  return {
    name: `real: ${plan.recorded}`,
    order: plan.placement,
    moves: plan.messages.map(moveOf),
    rests: (view) => !isEnded(view.status) && view.status === plan.expected.status && isSettled(view),
  };
}

function moveOf(message: PlannedMessage): Move {
  const name = message.kind;
  switch (message.kind) {
    case 'payment.succeeded':
      return {
        name,
        when: ({ status }) => status === 'awaiting_payment',
        act: (life, { currency }) => life.report(message.kind, { amount: message.amount, currency }),
      };
    case 'shipment.dispatched':
      return { name, when: (view) => every(view, 'booked'), act: (life) => life.report(message.kind) };
    case 'shipment.delivered':
      return {
        name,
        when: (view) => every(view, 'dispatched'),
        act: (life) => life.report(message.kind, { signedBy: message.signedBy }),
      };
    case 'shipment.returned':
      return {
        name,
        when: (view) => view.status === 'shipping' && every(view, 'dispatched') && isSettled(view),
        act: (life) => life.report(message.kind, { reason: message.reason }),
      };
    case 'cancel':
      return {
        name,
        when: (view) => view.status === message.from && isSettled(view),
        act: (life) => life.command('cancel', 'cancel', { reason: message.reason }),
      };
    case 'return':
      return {
        name,
        when: (view) => view.status === 'completed' && isSettled(view),
        act: (life, { lines }) =>
          life.command('return', 'returns', {
            lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
            reason: message.reason,
          }),
      };
    case 'return.received':
      return {
        name,
        when: ({ returns }) => returns.some(({ status }) => status === 'approved'),
        act: async (life, { returns }) => {
          for (const { id } of returns) await life.report(message.kind, { returnId: id });
        },
      };
  }
}

/** Why an order of a log is not where the log says; undefined when it is, to the cent. */
export function mismatchOf(plan: OrderPlan, view: OrderView | undefined): string | undefined {
  if (!view) return 'it was never placed';
  const { expected } = plan;
  const is = { status: view.status, failure: view.failure?.code, ...moneyOf(view.payment) };
  const wanted = { status: expected.status, failure: expected.failure, ...moneyOf(expected.payment) };
  const wrong = (Object.keys(wanted) as (keyof typeof wanted)[]).filter((name) => is[name] !== wanted[name]);
  return wrong.length === 0
    ? undefined
    : wrong.map((name) => `${name} is ${is[name]} instead of ${wanted[name]}`).join(', ');
}

function moneyOf({ authorized, captured, refunded }: { authorized: number; captured: number; refunded: number }) {
  return { authorized, captured, refunded };
}
