import type { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';

/** A client's connection or a worker's. */
type Asked = Pick<Connection, 'workflowService'>;

const dayMs = 86_400_000;

/** How long the local server keeps the history of an ended run: the return window of 30 days and some. */
export const localRetentionMs = 45 * dayMs;

/** @returns how long the namespace keeps the history of an ended run, in milliseconds. */
export async function retentionMs(connection: Asked, namespace: string): Promise<number> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  return config?.workflowExecutionRetentionTtl ? tsToMs(config.workflowExecutionRetentionTtl) : 0;
}

/** Raises the retention of a namespace of our own; never lowers it. */
export async function ensureRetention(connection: Connection, namespace: string, atLeastMs: number): Promise<void> {
  if ((await retentionMs(connection, namespace)) >= atLeastMs) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(atLeastMs) },
  });
}

/**
 * Returns work on after Temporal has forgotten an order, from the order book; but its history cannot be looked at any more,
 * and a repeated placing is recognised by the book alone.
 *
 * @returns a warning to log at start, or undefined when the retention covers the return window.
 */
export async function retentionWarning(
  connection: Asked,
  namespace: string,
  returnWindowMs: number,
): Promise<string | undefined> {
  const retention = await retentionMs(connection, namespace);
  if (retention >= returnWindowMs) return undefined;
  return (
    `The namespace ${namespace} keeps histories for ${days(retention)}, but orders take returns for ${days(returnWindowMs)}: ` +
    `raise it by \`temporal operator namespace update --retention ${Math.ceil(returnWindowMs / dayMs)}d -n ${namespace}\`.`
  );
}

function days(ms: number): string {
  return `${Math.round((ms / dayMs) * 10) / 10} days`;
}
