import { homedir } from 'node:os';
import { join } from 'node:path';
import { userEnvironment } from '../../src/config/index.js';

/** The folder for downloads and builds that can be made again: `$XDG_CACHE_HOME/orderflow`, or `~/.cache/orderflow`. */
export function cacheDir(): string {
  return join(userEnvironment().XDG_CACHE_HOME || join(homedir(), '.cache'), 'orderflow');
}
