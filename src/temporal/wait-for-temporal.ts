import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { TemporalTarget } from './connection.js';
import { connectNative } from './native-connection.js';

const pauseMs = 500;
const withinMs = 5_000;
/** How often a waiting program says so. */
const tellEveryMs = 10_000;

/**
 * Connects a worker as soon as Temporal answers and has the namespace. Until then it says what it waits for.
 *
 * @throws the reason of `stopping`, when that aborts before.
 */
export async function waitForTemporal(
  target: TemporalTarget,
  log: Pick<Logger, 'warn'>,
  stopping: AbortSignal,
): Promise<NativeConnection> {
  const { address, namespace } = target.temporal;
  for (let toldAt = -Infinity; ;) {
    stopping.throwIfAborted();
    let connection: NativeConnection | undefined;
    try {
      connection = await connectNative(target);
      const { workflowService } = connection;
      await connection.withDeadline(Date.now() + withinMs, () => workflowService.describeNamespace({ namespace }));
      return connection;
    } catch (error) {
      await connection?.close();
      if (Date.now() - toldAt >= tellEveryMs) {
        toldAt = Date.now();
        log.warn({ address, namespace, reason: (error as Error).message }, 'waiting for Temporal');
      }
      await sleep(pauseMs, undefined, { signal: stopping }).catch(() => 'The loop ends.');
    }
  }
}
