import { NativeConnection } from '@temporalio/worker';
import { reach, type TemporalTarget } from './connection.js';

/**
 * Connects a worker. Close the connection after the worker's run has ended.
 *
 * @throws {Error} with the address, when nothing answers there.
 */
export async function connectNative({ temporal }: TemporalTarget): Promise<NativeConnection> {
  return reach(temporal.address, () => NativeConnection.connect(temporal.connectionOptions));
}
