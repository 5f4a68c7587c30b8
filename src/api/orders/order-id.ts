import { isOrderId } from '../../../contracts/ids.js';
import { orderNotFound } from '../problems/problem.js';

/**
 * Checks an order id from a request, so that no store is asked for an id that cannot exist.
 *
 * @throws {ApiProblem} not_found
 */
export function orderId(text: string): string {
  if (!isOrderId(text)) throw orderNotFound();
  return text;
}
