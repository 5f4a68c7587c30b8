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
   * The base URL of a part, without a slash at the end. It is looked up for every call, because a restarted part may listen on another port.
   * While the system is down, this is the last known URL, so that calls can be retried until the system is back.
   *
   * @throws {CannotRun} when the URL of the part was never known.
   */
  url: (part: HttpPart) => string;
  /**
   * The token that the services accept: SERVICE_TOKEN, else the one in DATA_DIR/run.json.
   *
   * @throws {CannotRun} when there is neither.
   */
  serviceToken: () => string;
}

type Where = Pick<Config, 'orderflowUrl' | 'dataDir' | 'serviceUrls' | 'serviceToken'>;

/** Finds the API by ORDERFLOW_URL and the services by variables such as INVENTORY_URL; else both by DATA_DIR/run.json. */
export function findSystem(config: Where): FoundSystem {
  const known = new Map<HttpPart, string>();
  let knownToken = config.serviceToken;
  return {
    serviceToken: () => {
      knownToken ??= config.orderflowUrl === undefined ? runFileOf(config.dataDir)?.serviceToken : undefined;
      if (knownToken !== undefined) return knownToken;
      throw new CannotRun('this command calls the services: set SERVICE_TOKEN to the token that they accept');
    },
    url: (part) => {
      const named = part === 'api' ? config.orderflowUrl : config.serviceUrls[part];
      if (named !== undefined) return named;
      const run = runFileOf(config.dataDir);
      // run.json is of another system, and its services must not get the orders of this one.
      const foreign = config.orderflowUrl !== undefined && run?.parts.api?.url !== config.orderflowUrl;
      const found = foreign ? undefined : run?.parts[part]?.url;
      if (found !== undefined) known.set(part, found.replace(/\/+$/, ''));
      const url = known.get(part);
      if (url !== undefined) return url;
      throw new CannotRun(missing(part, config, run !== undefined));
    },
  };
}

/** The Temporal server of the running system: the configured one, else the local one that `npm start` runs. */
export function temporalOf(config: Pick<Config, 'dataDir' | 'temporal'>): TemporalConfig {
  const address = config.temporal.local ? runFileOf(config.dataDir)?.parts.temporal?.address : undefined;
  if (address === undefined) return config.temporal;
  return { ...config.temporal, address, connectionOptions: { address } };
}

function missing(part: HttpPart, config: Where, running: boolean): string {
  const file = join(config.dataDir, 'run.json');
  const variable = part === 'api' ? 'ORDERFLOW_URL' : urlSettingOf(part);
  if (config.orderflowUrl !== undefined) {
    return `ORDERFLOW_URL is the URL of the API; this command also needs the ${part} service: set ${variable}`;
  }
  return running
    ? `${file} has no URL of the ${part}: the system may still be starting; try again, or set ${variable}`
    : `no running system: ${file} does not exist. Start one with \`npm start\` (under the same DATA_DIR), or set ORDERFLOW_URL`;
}

/**
 * @param role for `shop`, the key of a single shop, because only such a key can place orders.
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
