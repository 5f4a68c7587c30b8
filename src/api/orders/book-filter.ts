import type { OrderFilter } from '../../../contracts/search.schema.js';
import { troubleKinds } from '../../../contracts/trouble.js';
import type { Principal } from '../auth/principal.js';
import type { CountQuery, TroubleGroup } from '../book/order-book.js';
import { ApiProblem } from '../problems/problem.js';

/**
 * The filter as the book takes it: of the caller's shop alone, unless its key is for all shops.
 *
 * @throws {ApiProblem} forbidden for another shop; invalid_query for the id of no group.
 */
export function bookFilter({ group, ...filter }: OrderFilter, caller: Principal): CountQuery {
  const shopId = shopOf(filter.shopId, caller);
  return {
    ...filter,
    ...(shopId === undefined ? {} : { shopId }),
    ...(group === undefined ? {} : { group: JSON.stringify([group].flat().map(groupOf)) }),
  };
}

/** @returns the only shop that is meant; undefined for all. @throws {ApiProblem} forbidden */
export function shopOf(wanted: string | undefined, { shopId: own }: Principal): string | undefined {
  if (own === '*') return wanted;
  if (wanted === undefined || wanted === own) return own;
  throw new ApiProblem('forbidden', 'This key sees the orders of its own shop alone');
}

/** The id of a group says which group it is: groups are stored nowhere. */
export function groupId({ kind, step, code, service }: TroubleGroup): string {
  return Buffer.from(JSON.stringify([kind, step, code, service])).toString('base64url');
}

function groupOf(groupText: string): TroubleGroup {
  const [kind, ...rest] = parts(groupText);
  const known = troubleKinds.find((each) => each === kind);
  if (!known || rest.length !== 3 || !rest.every((part) => typeof part === 'string')) {
    throw new ApiProblem('invalid_query', 'GET /v1/trouble lists the groups, each with its id', {
      errors: [{ path: '/group', message: 'must be the id of a group' }],
    });
  }
  const [step, code, service] = rest as [string, string, string];
  return { kind: known, step, code, service };
}

function parts(groupText: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(groupText, 'base64url').toString('utf8'));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
