import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import type { OrderView } from '../../contracts/order.js';
import { searchAttributeNames } from './messages.js';

const status = defineSearchAttributeKey(searchAttributeNames.status, SearchAttributeType.KEYWORD);
const failure = defineSearchAttributeKey(searchAttributeNames.failure, SearchAttributeType.KEYWORD);
const total = defineSearchAttributeKey(searchAttributeNames.total, SearchAttributeType.INT);

/** The search attributes that change while an order's run is open. */
export function searchAttributesOf(view: OrderView): SearchAttributeUpdatePair[] {
  return [
    { key: status, value: view.status },
    { key: failure, value: view.failure?.code ?? null },
    { key: total, value: view.total },
  ];
}
