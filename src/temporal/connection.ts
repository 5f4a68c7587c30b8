import { Client, Connection, type ClientOptions, type ConnectionOptions } from '@temporalio/client';
import type { Config } from '../config/index.js';
import { retryInterceptors } from './closed-channel.js';
import { dataConverter } from './payload-codecs.js';

/** The part of the configuration that names the Temporal server. */
export type TemporalTarget = Pick<Config, 'temporal'>;

/** A client with the connection that it owns. */
export type TemporalClient = Client & { connection: Connection };

/** Data converter, interceptors and the like. */
export type TemporalClientOptions = Omit<ClientOptions, 'connection' | 'namespace'>;

/**
 * Connects a client. Close it with `client.connection.close()`.
 *
 * @throws {Error} with the address, when nothing answers there within 10 s.
 */
export async function connectClient(
  { temporal }: TemporalTarget,
  options: TemporalClientOptions = {},
): Promise<TemporalClient> {
  const connection = await reach(temporal.address, () => Connection.connect(optionsOf(temporal)));
  return new Client({ dataConverter, ...options, connection, namespace: temporal.namespace }) as TemporalClient;
}

/** A client that connects at its first call. It is for programs that have to start even if Temporal is down. */
export function lazyClient({ temporal }: TemporalTarget, options: TemporalClientOptions = {}): TemporalClient {
  const connection = Connection.lazy(optionsOf(temporal));
  return new Client({ dataConverter, ...options, connection, namespace: temporal.namespace }) as TemporalClient;
}

/** Without it, a client finds Temporal again up to two minutes late after an outage of some minutes. */
const longestReconnectPauseMs = 5_000;

const optionsOf = ({ connectionOptions }: TemporalTarget['temporal']): ConnectionOptions => ({
  interceptors: retryInterceptors,
  ...connectionOptions,
  channelArgs: { 'grpc.max_reconnect_backoff_ms': longestReconnectPauseMs },
});

/** Names the server in the error of a failed connection. */
export async function reach<T>(address: string, connect: () => Promise<T>): Promise<T> {
  try {
    return await connect();
  } catch (cause) {
    throw new Error(`Temporal does not answer at ${address}: ${(cause as Error).message}`, { cause });
  }
}
