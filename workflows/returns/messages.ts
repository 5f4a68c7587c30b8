import type { ReturnBody, ReviewBody } from '../../contracts/commands.schema.js';
import { messageType } from '../engine/message.js';
import type { ContentOf } from '../engine/message.js';
import { object, oneOf, optional, text } from '../engine/shape.js';
import { lines } from '../shapes.js';

/** What the run of an order's returns can be told and asked. */

export const returnsWorkflowType = 'processReturns';
export const returnsWorkflowId = (orderId: string): string => `returns:${orderId}`;

interface OfReturn {
  returnId: string;
}

const requestReturn = messageType(
  'requestReturn',
  object<OfReturn & ReturnBody>({ returnId: text, lines, reason: text }),
);
export const reviewReturn = messageType(
  'reviewReturn',
  object<OfReturn & ReviewBody>({
    returnId: text,
    decision: oneOf('approve', 'reject'),
    note: optional(text),
  }),
);
/** Makes the rejected call of a return again. It has no route: an operator sends it by Temporal's own tools. */
const retryReturn = messageType('retryReturn', object<OfReturn>({ returnId: text }));

/** Every command of the returns run: an Update of its name. */
export const returnCommands = { requestReturn, reviewReturn, retryReturn };
export type ReturnCommand = keyof typeof returnCommands;
export type ReturnCommandBodies = { [Name in ReturnCommand]: ContentOf<(typeof returnCommands)[Name]> };

/** Query: all returns of the order. */
export const returnsQuery = 'returns';

export interface ReturnsInput {
  orderId: string;
  shopId: string;
  process: { name: string; version: number };
  returnReviewLimit: number;
  stepRetryBudgetMs: number;
}
