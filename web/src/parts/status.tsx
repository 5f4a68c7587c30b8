import type { OrderStatus } from '../../../contracts/statuses.js';
import { useText } from '../language/language.js';
import { StatusIcon } from './icons.js';

/** The kind of a status decides its colour; its shape and its word say the same. */
const kindOf: Record<OrderStatus, 'moving' | 'waiting' | 'trouble' | 'good' | 'ended' | 'bad'> = {
  placed: 'moving',
  awaiting_customer: 'waiting',
  awaiting_review: 'waiting',
  awaiting_payment: 'waiting',
  confirmed: 'moving',
  shipping: 'moving',
  delivered: 'moving',
  needs_attention: 'trouble',
  completed: 'good',
  cancelled: 'ended',
  failed: 'bad',
};

export function Status({ status }: { status: OrderStatus }) {
  const say = useText();
  return (
    <span className={`status kind-${kindOf[status]}`}>
      <StatusIcon status={status} />
      {say(`status.${status}`)}
    </span>
  );
}
