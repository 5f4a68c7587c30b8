import { accessSync, constants } from 'node:fs';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { defined } from '../../contracts/defined.js';
import type { Values } from './settings.js';

export interface TemporalConfig {
  /** Whether it is the server that `npm start` runs at TEMPORAL_PORT, because the environment names none. */
  local: boolean;
  /** `host:port`. */
  address: string;
  namespace: string;
  /** Options for `Connection.connect` and `NativeConnection.connect`, with the address. */
  connectionOptions: ClientConnectConfig['connectionOptions'];
}

/**
 * Reads how to reach the Temporal server. A temporal.toml in the home folder is read only if TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE is
 * set, so that `npm start` never uses a production server by accident.
 *
 * @param env the environment that `values` were read from: it also has names with a variable part (TEMPORAL_GRPC_META_*).
 * @throws {Error} when the file cannot be read, or is not a valid temporal.toml.
 */
export function temporalConfig(values: Values, env: NodeJS.ProcessEnv): TemporalConfig {
  const named = values.TEMPORAL_PROFILE !== undefined || values.TEMPORAL_CONFIG_FILE !== undefined;
  if (!named && values.TEMPORAL_ADDRESS === undefined) {
    const address = `127.0.0.1:${values.TEMPORAL_PORT}`;
    // Keys and certificates are for another server: the local one would refuse them.
    return { local: true, address, namespace: values.TEMPORAL_NAMESPACE, connectionOptions: { address } };
  }
  // The library treats a missing file as an empty one.
  if (values.TEMPORAL_CONFIG_FILE !== undefined) accessSync(values.TEMPORAL_CONFIG_FILE, constants.R_OK);
  const overrideEnvVars: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value && (name.startsWith('TEMPORAL_') || name === 'HOME' || name === 'XDG_CONFIG_HOME')) {
      overrideEnvVars[name] = value;
    }
  }
  const { namespace, connectionOptions } = loadClientConnectConfig({ disableFile: !named, overrideEnvVars });
  const { address } = connectionOptions;
  if (address === undefined) throw new Error('it has no address, and TEMPORAL_ADDRESS is not set');
  return {
    local: false,
    address,
    namespace: namespace ?? values.TEMPORAL_NAMESPACE,
    connectionOptions: { ...defined(connectionOptions), address },
  };
}
