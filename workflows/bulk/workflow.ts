import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { BulkActivities } from '../../activities/bulk.js';
import { onSignal } from '../temporal/handlers.js';
import { serviceTaskQueue } from '../temporal/protocol.js';
import { goOn } from './messages.js';
import type { BulkInput } from './messages.js';

/** Without end: what is selected stays to be done while Temporal, a worker or the order book is down. */
const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' } as const;

type Activities = { 'orders.sendBulkPage': BulkActivities['sendBulkPage'] };

/**
 * Sends one command to many orders, page by page. The order book has the selection and the results, and says when the bulk is stopped, so
 * this run only walks: its history stays small, and it can end at every page. After a stop, the Signal `goOn` starts it again.
 */
export async function processBulk({ bulkId, pagesARun }: BulkInput): Promise<void> {
  const { 'orders.sendBulkPage': sendPage } = proxyActivities<Activities>({
    startToCloseTimeout: '10m',
    heartbeatTimeout: '30s',
    retry,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    taskQueue: serviceTaskQueue('orders'),
    summary: 'send a page',
  });
  let pages = 0;
  let isWanted = true;
  onSignal(goOn, () => void (isWanted = true));
  // A Signal that comes with the last page asks once more: the bulk may have been stopped and started in between.
  while (isWanted) {
    isWanted = false;
    while (await sendPage({ bulkId })) {
      pages += 1;
      if (pages === pagesARun) await continueAsNew<typeof processBulk>({ bulkId, pagesARun });
    }
  }
}
