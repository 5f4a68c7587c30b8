import { NativeConnection } from '@temporalio/worker';
import { reach, type TemporalTarget } from './connection.js';

/**
 * A worker's connection. Close it after the worker's run has ended.
 *
 * @throws {Error} that names the address when nothing answers there.
 */
export async function connectNative({ temporal }: TemporalTarget): Promise<NativeConnection> {
  return reach(temporal.address, () => NativeConnection.connect(temporal.connectionOptions));
}
