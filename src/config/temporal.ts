import { accessSync, constants } from 'node:fs';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { defined } from '../../contracts/defined.js';
import type { Values } from './settings.js';

export interface TemporalConfig {
  /** No server is named in the environment: the one that `npm start` runs at TEMPORAL_PORT is meant. */
  local: boolean;
  /** `host:port`. */
  address: string;
  namespace: string;
  /** For `Connection.connect` and `NativeConnection.connect` alike; holds the address too. */
  connectionOptions: ClientConnectConfig['connectionOptions'];
}

/**
 * A temporal.toml in the person's home is read only when it is asked for by TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE: an
 * `npm start` must not find itself in somebody's production.
 *
 * @param env the environment that `values` were read from, for the names with a part of their own (TEMPORAL_GRPC_META_*).
 * @throws {Error} when a file that is named cannot be read, or is not a temporal.toml.
 */
export function temporalConfig(values: Values, env: NodeJS.ProcessEnv): TemporalConfig {
  const named = values.TEMPORAL_PROFILE !== undefined || values.TEMPORAL_CONFIG_FILE !== undefined;
  if (!named && values.TEMPORAL_ADDRESS === undefined) {
    const address = `127.0.0.1:${values.TEMPORAL_PORT}`;
    // Keys and certificates are for a server that is named; to the local one they would only bar the way.
    return { local: true, address, namespace: values.TEMPORAL_NAMESPACE, connectionOptions: { address } };
  }
  // The library takes a file that is not there for an empty one.
  if (values.TEMPORAL_CONFIG_FILE !== undefined) accessSync(values.TEMPORAL_CONFIG_FILE, constants.R_OK);
  const overrideEnvVars: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value && (name.startsWith('TEMPORAL_') || name === 'HOME' || name === 'XDG_CONFIG_HOME')) {
      overrideEnvVars[name] = value;
    }
  }
  const { namespace, connectionOptions } = loadClientConnectConfig({ disableFile: !named, overrideEnvVars });
  const { address } = connectionOptions;
  if (address === undefined) throw new Error('it names no address, and TEMPORAL_ADDRESS is not set');
  return {
    local: false,
    address,
    namespace: namespace ?? values.TEMPORAL_NAMESPACE,
    connectionOptions: { ...defined(connectionOptions), address },
  };
}
