import { isGrpcServiceError } from '@temporalio/client';
import { defined } from '../../../contracts/defined.js';
import { ConfigError, loadConfig, userEnvironment, type TemporalConfig } from '../../../src/config/index.js';
import type { TemporalTarget } from '../../../src/temporal/connection.js';
import { CannotRun } from '../command.js';
import { temporalOf } from '../find-system.js';

export interface ServerOptions {
  /** `host:port`; true: the server of the configuration, or of the running system. */
  address: string | true;
  namespace?: string;
  /** Which runs, as Temporal's list filter. Default: all runs of this code. */
  query?: string;
  /** The largest number of runs. */
  limit?: number;
  /** Default: the environment of this program. It has the API key and the certificates. */
  env?: NodeJS.ProcessEnv;
}

/** The server, with the key, certificates and codecs of the configuration. */
export function targetOf({ address, namespace, env = userEnvironment() }: ServerOptions): TemporalTarget {
  const named = address === true ? undefined : address;
  try {
    const config = loadConfig({ ...env, ...defined({ TEMPORAL_ADDRESS: named, TEMPORAL_NAMESPACE: namespace }) });
    return { temporal: address === true ? temporalOf(config) : config.temporal };
  } catch (error) {
    const isAddress = error instanceof ConfigError && error.problems.every(({ name }) => name === 'TEMPORAL_ADDRESS');
    if (!isAddress || named === undefined) throw error;
    throw new CannotRun(`--address is "${named}"; allowed: host:port`, { cause: error });
  }
}

const codes = { invalid: 3, late: 4, notFound: 5, denied: 7, unavailable: 14, unauthenticated: 16 } as const;

/** Whether the server does not answer. */
export function isDown(error: unknown): boolean {
  const code = grpcErrorIn(error)?.code;
  return code === codes.late || code === codes.unavailable;
}

export const isNotFound = (error: unknown): boolean => grpcErrorIn(error)?.code === codes.notFound;

/** What is wrong, and what to do about it. */
export function reasonOf(error: unknown, { address, namespace }: TemporalConfig): string {
  const { code, details } = grpcErrorIn(error) ?? {};
  switch (code) {
    case codes.invalid:
      return `${address} does not accept the query: ${details}; see https://docs.temporal.io/list-filter`;
    case codes.notFound:
      return `${address}: ${details}; is ${namespace} the right --namespace?`;
    case codes.denied:
    case codes.unauthenticated:
      return `${address} refuses the namespace ${namespace}: ${details}; set TEMPORAL_API_KEY, or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH`;
    case codes.late:
    case codes.unavailable:
      return `Temporal does not answer at ${address}: ${details}; is the address right, and does it need TLS (TEMPORAL_TLS=true)?`;
    case undefined: {
      const { message } = error as Error;
      return `${message}; is the address right, and does it need TLS (TEMPORAL_TLS=true)?`;
    }
    default:
      return `${address}: ${details}`;
  }
}

/** The SDK wraps the error of the call. */
function grpcErrorIn(error: unknown): { code: number; details: string } | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    // The client of gRPC ends some of its texts with an empty note.
    if (isGrpcServiceError(each)) {
      return { code: Number(each.code), details: each.details.replace(/\s*Resolution note:\s*$/, '') };
    }
  }
  return undefined;
}
