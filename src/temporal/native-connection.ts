import { NativeConnection } from '@temporalio/worker';
import { reach, type TemporalTarget } from './connection.js';
import { checkNamespace } from './namespace.js';

const answersWithinMs = 5_000;

/**
 * Connects a worker. Close the connection after the worker's run has ended.
 *
 * @throws {Error} when nothing answers at the address, or the namespace is not there, without which no worker runs.
 */
export async function connectNative({ temporal }: TemporalTarget): Promise<NativeConnection> {
  const { address, namespace, connectionOptions } = temporal;
  const connection = await reach(address, () => NativeConnection.connect(connectionOptions));
  try {
    await checkNamespace(connection, namespace, answersWithinMs);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
