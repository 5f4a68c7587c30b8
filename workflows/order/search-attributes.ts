import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import type { OrderView } from '../../contracts/order.js';
import { searchAttributeNames } from './messages.js';

const status = defineSearchAttributeKey(searchAttributeNames.status, SearchAttributeType.KEYWORD);
const failure = defineSearchAttributeKey(searchAttributeNames.failure, SearchAttributeType.KEYWORD);
const total = defineSearchAttributeKey(searchAttributeNames.total, SearchAttributeType.INT);

/**
 * Follows a run's views and hands on what of its search attributes differs from before: each change is an event of the history.
 * The run was started with the status `placed` and its first total.
 */
export function searchAttributesOf(
  firstTotal: number,
  changed: (pairs: SearchAttributeUpdatePair[]) => void,
): (view: OrderView) => void {
  let before: { status: string; failure?: string | undefined; total: number } = { status: 'placed', total: firstTotal };
  return (view) => {
    const now = { status: view.status, failure: view.failure?.code, total: view.total };
    const pairs: SearchAttributeUpdatePair[] = [];
    if (now.status !== before.status) pairs.push({ key: status, value: now.status });
    if (now.failure !== before.failure) pairs.push({ key: failure, value: now.failure ?? null });
    if (now.total !== before.total) pairs.push({ key: total, value: now.total });
    before = now;
    if (pairs.length > 0) changed(pairs);
  };
}
