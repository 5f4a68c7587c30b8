import { join } from 'node:path';
import {
  urlSettingOf,
  type ApiKey,
  type Config,
  type ServiceName,
  type TemporalConfig,
} from '../../src/config/index.js';
import { readRunFile, type RunFile } from '../local/run-file.js';
import { CannotRun } from './command.js';

export type HttpPart = 'api' | ServiceName;

/** The running system that a command works with. */
export interface FoundSystem {
  /**
   * Base URL of a part, without a slash at the end. Looked up again at every call: a part that was restarted may listen elsewhere. While the
   * whole system is away, it is where the part was: a call is retried as with a part that is away.
   *
   * @throws {CannotRun} when the system names no such part, and never did.
   */
  url: (part: HttpPart) => string;
  /**
   * What the services are called with, by SERVICE_TOKEN, else by DATA_DIR/run.json.
   *
   * @throws {CannotRun} when neither says it.
   */
  serviceToken: () => string;
}

type Where = Pick<Config, 'orderflowUrl' | 'dataDir' | 'serviceUrls' | 'serviceToken'>;

/** By ORDERFLOW_URL, else by DATA_DIR/run.json; services first by their own variables, such as INVENTORY_URL. */
export function findSystem(config: Where): FoundSystem {
  const known = new Map<HttpPart, string>();
  let knownToken = config.serviceToken;
  return {
    serviceToken: () => {
      knownToken ??= config.orderflowUrl === undefined ? runFileOf(config.dataDir)?.serviceToken : undefined;
      if (knownToken !== undefined) return knownToken;
      throw new CannotRun('this command asks the services: set SERVICE_TOKEN to what they are called with');
    },
    url: (part) => {
      const named = part === 'api' ? config.orderflowUrl : config.serviceUrls[part];
      if (named !== undefined) return named;
      const run = runFileOf(config.dataDir);
      // Another system's services would be given this one's orders.
      const foreign = config.orderflowUrl !== undefined && run?.parts.api?.url !== config.orderflowUrl;
      const found = foreign ? undefined : run?.parts[part]?.url;
      if (found !== undefined) known.set(part, found.replace(/\/+$/, ''));
      const url = known.get(part);
      if (url !== undefined) return url;
      throw new CannotRun(missing(part, config, run !== undefined));
    },
  };
}

/** Where the running system's Temporal server is: as configured, else the local one that `npm start` runs, wherever that listens. */
export function temporalOf(config: Pick<Config, 'dataDir' | 'temporal'>): TemporalConfig {
  const address = config.temporal.local ? runFileOf(config.dataDir)?.parts.temporal?.address : undefined;
  if (address === undefined) return config.temporal;
  return { ...config.temporal, address, connectionOptions: { address } };
}

function missing(part: HttpPart, config: Where, running: boolean): string {
  const file = join(config.dataDir, 'run.json');
  const variable = part === 'api' ? 'ORDERFLOW_URL' : urlSettingOf(part);
  if (config.orderflowUrl !== undefined) {
    return `ORDERFLOW_URL names the API alone, and this command needs the ${part} service too: set ${variable}`;
  }
  return running
    ? `${file} has no URL of the ${part}: the system may still be starting; try again, or set ${variable}`
    : `no running system: ${file} does not exist. Start one with \`npm start\` (under the same DATA_DIR), or set ORDERFLOW_URL`;
}

/**
 * @param role `shop`: a key that may place orders, so one of a single shop.
 * @throws {CannotRun} when API_KEYS has none.
 */
export function keyOf(config: Pick<Config, 'apiKeys'>, role: 'shop' | 'operator'): ApiKey {
  const key = config.apiKeys.find((each) => each.role === role && (role === 'operator' || each.shopId !== '*'));
  if (!key) throw new CannotRun(`API_KEYS has no key of role ${role}; this command needs one (key:shopId:${role})`);
  return key;
}

function runFileOf(dataDir: string): RunFile | undefined {
  try {
    return readRunFile(dataDir);
  } catch (error) {
    throw new CannotRun((error as Error).message);
  }
}
