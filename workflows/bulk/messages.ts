import { messageType } from '../engine/message.js';
import { nothing } from '../engine/shape.js';

/** The run of a bulk, which sends one command to many orders: its names and its input. */

export const bulkWorkflowType = 'processBulk';
export const bulkWorkflowId = (bulkId: string): string => `bulk:${bulkId}`;

/** Goes on with a bulk that was stopped. It also starts the run. */
export const goOn = messageType('goOn', nothing);

export interface BulkInput {
  bulkId: string;
  /** After so many pages the run continues as new, so that its history stays small. */
  pagesARun: number;
}
