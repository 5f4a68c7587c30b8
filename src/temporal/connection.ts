import { Client, Connection, type ClientOptions } from '@temporalio/client';
import type { Config } from '../config/index.js';

/** The part of the configuration that says which Temporal server is meant. */
export type TemporalTarget = Pick<Config, 'temporal'>;

/** Data converter, interceptors and the like. */
export type TemporalClientOptions = Omit<ClientOptions, 'connection' | 'namespace'>;

/**
 * A client, connected. Close it by `client.connection.close()`.
 *
 * @throws {Error} that names the address when nothing answers there within 10 s.
 */
export async function connectClient(
  { temporal }: TemporalTarget,
  options: TemporalClientOptions = {},
): Promise<Client & { connection: Connection }> {
  const connection = await reach(temporal.address, () => Connection.connect(temporal.connectionOptions));
  return new Client({ ...options, connection, namespace: temporal.namespace }) as Client & {
    connection: Connection;
  };
}

/**
 * A client that connects at its first call, for a program that has to start while Temporal is down.
 */
export function lazyClient(
  { temporal }: TemporalTarget,
  options: TemporalClientOptions = {},
): Client & { connection: Connection } {
  const connection = Connection.lazy(temporal.connectionOptions);
  return new Client({ ...options, connection, namespace: temporal.namespace }) as Client & { connection: Connection };
}

/** Names the server in the error of a connection that could not be made. */
export async function reach<T>(address: string, connect: () => Promise<T>): Promise<T> {
  try {
    return await connect();
  } catch (cause) {
    throw new Error(`Temporal does not answer at ${address}: ${(cause as Error).message}`, { cause });
  }
}
