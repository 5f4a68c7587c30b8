import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { TemporalTarget } from './connection.js';

const pauseMs = 500;
/** How often a waiting program says so. */
const tellEveryMs = 10_000;

/**
 * Asks until Temporal answers. Until then it says what it waits for.
 *
 * @param ask makes one attempt, and throws while Temporal does not answer or does not have the namespace.
 * @returns what `ask` returned.
 * @throws the reason of `stopping`, when that aborts before.
 */
export async function waitForTemporal<T>(
  { temporal: { address, namespace } }: TemporalTarget,
  log: Pick<Logger, 'warn'>,
  stopping: AbortSignal,
  ask: () => Promise<T>,
): Promise<T> {
  for (let toldAt = -Infinity; ;) {
    stopping.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (Date.now() - toldAt >= tellEveryMs) {
        toldAt = Date.now();
        log.warn({ address, namespace, reason: (error as Error).message }, 'waiting for Temporal');
      }
      await sleep(pauseMs, undefined, { signal: stopping }).catch(() => 'The loop ends.');
    }
  }
}
