import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from '../../config/index.js';
import type { Principal } from './principal.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The keys that are known, each with a principal of its own. How long a look-up takes says nothing about them. */
export class ApiKeys {
  private readonly known: { digest: Buffer; principal: Principal }[];

  constructor(keys: readonly ApiKey[]) {
    this.known = keys.map(({ key, ...principal }) => ({ digest: digest(key), principal }));
  }

  /** @param authorization the header's value, `Bearer KEY`. */
  principalOf(authorization: string | undefined): Principal | undefined {
    const key = /^Bearer +([^\s]+) *$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) return undefined;
    const given = digest(key);
    let found: Principal | undefined;
    // Every key is compared, also after a hit.
    for (const { digest: known, principal } of this.known) if (timingSafeEqual(given, known)) found = principal;
    return found;
  }
}
