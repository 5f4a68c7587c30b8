import { configOf, type Config } from './config.js';
import { ConfigError, type ConfigProblem } from './errors.js';
import {
  developmentApiKeys,
  developmentWebhookSecret,
  isExposed,
  isLoopback,
  problemsWhereExposed,
} from './exposed.js';
import { retired, type RetiredName } from './retired.js';
import type { ServiceUrlSetting } from './service-names.js';
import type { ServiceName } from './services.js';
import { environment, type SettingName } from './settings.js';

/** The settings that a program can declare as needed, and the properties that its configuration then always has. */
type Needs = {
  [Name in ServiceName as ServiceUrlSetting<Name>]: { readonly serviceUrls: Readonly<Record<Name, string>> };
} & {
  DATABASE_URL: { readonly databaseUrl: string };
  API_KEYS: object;
  PUBLIC_URL: object;
  PAYMENT_WEBHOOK_SECRET: { readonly webhookSecrets: { readonly payment: string } };
  CARRIER_WEBHOOK_SECRET: { readonly webhookSecrets: { readonly carrier: string } };
  SERVICE_TOKEN: { readonly serviceToken: string };
  ORDERFLOW_URL: { readonly orderflowUrl: string };
};
type All<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer Both) => void
  ? Both
  : never;

/**
 * Reads the environment. An empty variable counts as unset.
 *
 * @param needs settings that this program needs. Their properties are not optional in the result.
 * @throws {ConfigError} with every variable that is wrong or missing.
 *
 *     const config = loadConfig(process.env, ['DATABASE_URL']);
 *     config.databaseUrl; // string
 */
export function loadConfig<Need extends keyof Needs = never>(
  env: NodeJS.ProcessEnv = process.env,
  needs: readonly Need[] = [],
): Config & All<[Need] extends [never] ? object : Needs[Need]> {
  const given: Partial<Record<SettingName, string>> = {};
  for (const name of Object.keys(environment.shape) as SettingName[]) {
    const value = env[name]?.trim();
    if (value) given[name] = value;
  }
  const filled = { ...(isExposed(given) ? {} : developmentDefaults), ...given };
  const parsed = environment.safeParse(filled);
  const problems: ConfigProblem[] = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const name = path[0] as SettingName;
    return { name, given: given[name], reason: message };
  });
  if (parsed.data && isExposed(given)) problems.push(...problemsWhereExposed(parsed.data, given));
  for (const name of Object.keys(retired) as RetiredName[]) {
    if (env[name]?.trim()) problems.push({ name, given: undefined, reason: retired[name] });
  }
  for (const name of needs) {
    if (filled[name] === undefined && !(name === 'PUBLIC_URL' && isLoopback(given.HOST ?? '127.0.0.1'))) {
      problems.push({ name, given: undefined, reason: 'this program needs it' });
    }
  }
  if (!parsed.success || problems.length) throw new ConfigError(problems);
  const developmentKeys = given.API_KEYS === undefined && parsed.data.API_KEYS !== undefined;
  const config = configOf(parsed.data, env, developmentKeys);
  return deepFreeze(config) as Config & All<[Need] extends [never] ? object : Needs[Need]>;
}

/** {@link loadConfig} for the main of a program: prints a configuration error to standard error and exits with status 2. */
export function loadConfigOrExit<Need extends keyof Needs = never>(needs: readonly Need[] = []) {
  try {
    return loadConfig(process.env, needs);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

/** Published keys and secrets. They are used only if nobody else can reach the API. */
const developmentDefaults: Partial<Record<SettingName, string>> = {
  API_KEYS: developmentApiKeys,
  PAYMENT_WEBHOOK_SECRET: developmentWebhookSecret,
  CARRIER_WEBHOOK_SECRET: developmentWebhookSecret,
};

function deepFreeze<T>(value: T): T {
  // Certificates are bytes, and bytes cannot be frozen.
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  for (const each of Object.values(value)) deepFreeze(each);
  return Object.freeze(value);
}

/** The environment as it is, to pass on to child processes. To read settings, use {@link loadConfig}. */
export function userEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env };
}
