import type { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';

/** The connection of a client or of a worker. */
type Asked = Pick<Connection, 'workflowService'>;

const dayMs = 86_400_000;

/** @throws when Temporal does not answer in time, or does not have the namespace. */
export async function checkNamespace(
  connection: Pick<Connection, 'workflowService' | 'withDeadline'>,
  namespace: string,
  withinMs: number,
): Promise<void> {
  await connection.withDeadline(Date.now() + withinMs, () =>
    connection.workflowService.describeNamespace({ namespace }),
  );
}

/** How long the local server keeps the history of an ended run: the default return window of 30 days, and some more. */
export const localRetentionMs = 45 * dayMs;

/** @returns how long the namespace keeps the history of an ended run, in milliseconds. */
export async function retentionMs(connection: Asked, namespace: string): Promise<number> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  return config?.workflowExecutionRetentionTtl ? tsToMs(config.workflowExecutionRetentionTtl) : 0;
}

/** Raises the retention of a namespace that Orderflow itself manages. Never lowers it. */
export async function ensureRetention(connection: Connection, namespace: string, atLeastMs: number): Promise<void> {
  if ((await retentionMs(connection, namespace)) >= atLeastMs) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(atLeastMs) },
  });
}

/**
 * Compares the retention of the namespace with the return window. After Temporal has deleted the history of an order, its returns still
 * work, from the order book. But nobody can look at the history any more, and only the book recognizes a repeated request to place the
 * order.
 *
 * @returns a warning to log at start, or undefined if the retention covers the return window.
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
