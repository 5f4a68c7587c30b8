import { homedir } from 'node:os';
import { join } from 'node:path';
import { userEnvironment } from '../../src/config/index.js';

/** What Orderflow once fetched or built for this user and can have again: `$XDG_CACHE_HOME/orderflow`. */
export function cacheDir(): string {
  return join(userEnvironment().XDG_CACHE_HOME || join(homedir(), '.cache'), 'orderflow');
}
