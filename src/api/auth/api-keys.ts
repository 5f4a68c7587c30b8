import type { ApiKey } from '../../config/index.js';
import { bearerToken, secret } from '../../platform/bearer.js';
import type { Principal } from './principal.js';

/** The configured keys, each with its principal. */
export class ApiKeys {
  private readonly known: { isKey: ReturnType<typeof secret>; principal: Principal }[];

  constructor(keys: readonly ApiKey[]) {
    this.known = keys.map(({ key, ...principal }) => ({ isKey: secret(key), principal }));
  }

  /** @param authorization the header's value, `Bearer KEY`. */
  principalOf(authorization: string | undefined): Principal | undefined {
    const token = bearerToken(authorization);
    // filter, not find: every key is compared, so the time says nothing about where a key stands.
    return this.known.filter(({ isKey }) => isKey(token))[0]?.principal;
  }
}
