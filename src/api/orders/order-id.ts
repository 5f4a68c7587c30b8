import { orderNotFound } from '../problems/problem.js';

/**
 * An order id as it is made at placing. What does not look like one is not asked for anywhere.
 *
 * @throws {ApiProblem} not_found
 */
export function orderId(text: string): string {
  if (!/^ord_[0-9abcdefghjkmnpqrstvwxyz]{26}$/.test(text)) throw orderNotFound();
  return text;
}
