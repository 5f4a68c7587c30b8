import type { OrderView } from './order.js';

type Attempt = OrderView['payment']['attempts'][number];

/** Payments that came late and were given back, among the attempts of a view. */
export function lateAttempts({ payment }: OrderView): Attempt[] {
  return payment.attempts.filter(({ outcome }) => outcome === 'returned');
}

/** Puts late payments into a view without them: the order's run does not know them. */
export function withLateAttempts(view: OrderView, late: readonly Attempt[]): OrderView {
  if (late.length === 0) return view;
  const attempts = [...view.payment.attempts, ...late].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return { ...view, payment: { ...view.payment, attempts } };
}
