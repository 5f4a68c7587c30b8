import { resolve } from 'node:path';
import { defined } from '../../contracts/defined.js';
import { ConfigError, type ConfigProblem } from './errors.js';
import {
  developmentApiKeys,
  developmentWebhookSecret,
  isExposed,
  isLoopback,
  problemsWhereExposed,
} from './exposed.js';
import { retired, type RetiredName } from './retired.js';
import { serviceNames, urlSettingOf, type ServiceUrlSetting } from './service-names.js';
import type { ServiceName } from './services.js';
import { environment, type SettingName, type Values } from './settings.js';
import { temporalConfig, type TemporalConfig } from './temporal.js';
import type { ApiKey } from './values.js';

export { ConfigError, type ConfigProblem } from './errors.js';
export { developmentApiKeys, developmentWebhookSecret } from './exposed.js';
export { serviceNames, serviceUrlSettings, urlSettingOf } from './service-names.js';
export { services, type ServiceName } from './services.js';
export { settings, type Setting, type SettingName } from './settings.js';
export type { TemporalConfig } from './temporal.js';
export type { ApiKey } from './values.js';

/** The whole configuration, read once; frozen. Durations are in milliseconds, amounts in minor units. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly databaseUrl?: string;
  /** Empty where none are set and HOST is not loopback: then nobody is let in. */
  readonly apiKeys: readonly ApiKey[];
  /** The keys are the published ones for development: only on loopback, only while API_KEYS is unset. */
  readonly developmentKeys: boolean;
  /** `whsec_...`, one for each sender. */
  readonly webhookSecrets: Readonly<Partial<Record<'payment' | 'carrier', string>>>;
  /** Whether the carrier of `simulated` parcels is played. */
  readonly carrierSimulator: boolean;
  /** What the services are called with. */
  readonly serviceToken?: string;
  /** Where callers reach the API, without a slash at the end; unset on loopback, where its own address is meant. */
  readonly publicUrl?: string;
  /** Base URL of the API, without a slash at the end. */
  readonly orderflowUrl?: string;
  /** Base URL of the Temporal Web UI, without a slash at the end. */
  readonly temporalUiUrl?: string;
  readonly serviceUrls: Readonly<Partial<Record<ServiceName, string>>>;
  readonly smtpUrl?: string;
  readonly mailFrom: string;
  /** Taken into an order's input when it is placed. */
  readonly deadlines: {
    readonly paymentMs: number;
    readonly reviewMs: number;
    readonly decisionMs: number;
    readonly autoSignMs: number;
    readonly returnWindowMs: number;
  };
  readonly stepRetryBudgetMs: number;
  readonly returnReviewLimit: number;
  readonly logLevel: Values['LOG_LEVEL'];
  readonly temporal: TemporalConfig;
}

/** What a program may insist on, and what its configuration then surely has. */
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
 * @param needs variables that this program cannot do without; the answer's type then has them.
 * @throws {ConfigError} naming every variable that is wrong or missing.
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
      problems.push({ name, given: undefined, reason: 'needed here' });
    }
  }
  if (!parsed.success || problems.length) throw new ConfigError(problems);
  const config = shape(parsed.data, env, given.API_KEYS === undefined);
  return deepFreeze(config) as Config & All<[Need] extends [never] ? object : Needs[Need]>;
}

/**
 * For a program's main: as {@link loadConfig}, but a configuration that cannot be used is printed to standard error and ends
 * the process with status 2.
 */
export function loadConfigOrExit<Need extends keyof Needs = never>(needs: readonly Need[] = []) {
  try {
    return loadConfig(process.env, needs);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

/** Published keys and secrets hold only where nobody else can reach the API. */
const developmentDefaults: Partial<Record<SettingName, string>> = {
  API_KEYS: developmentApiKeys,
  PAYMENT_WEBHOOK_SECRET: developmentWebhookSecret,
  CARRIER_WEBHOOK_SECRET: developmentWebhookSecret,
};

function shape(values: Values, env: NodeJS.ProcessEnv, keysUnset: boolean): Config {
  let temporal: TemporalConfig;
  try {
    temporal = temporalConfig(values, env);
  } catch (error) {
    const name = values.TEMPORAL_CONFIG_FILE === undefined ? 'TEMPORAL_PROFILE' : 'TEMPORAL_CONFIG_FILE';
    throw new ConfigError([{ name, given: values[name], reason: (error as Error).message }]);
  }
  const temporalUiUrl =
    values.TEMPORAL_UI_URL ?? (temporal.local ? `http://127.0.0.1:${values.TEMPORAL_UI_PORT}` : undefined);
  return {
    host: values.HOST,
    port: values.PORT,
    temporalPort: values.TEMPORAL_PORT,
    temporalUiPort: values.TEMPORAL_UI_PORT,
    dataDir: resolve(values.DATA_DIR),
    ...defined({ databaseUrl: values.DATABASE_URL }),
    apiKeys: values.API_KEYS ?? [],
    developmentKeys: keysUnset && values.API_KEYS !== undefined,
    webhookSecrets: defined({ payment: values.PAYMENT_WEBHOOK_SECRET, carrier: values.CARRIER_WEBHOOK_SECRET }),
    carrierSimulator: values.CARRIER_SIMULATOR,
    ...defined({
      serviceToken: values.SERVICE_TOKEN,
      publicUrl: values.PUBLIC_URL,
      orderflowUrl: values.ORDERFLOW_URL,
      temporalUiUrl,
    }),
    serviceUrls: defined(Object.fromEntries(serviceNames.map((name) => [name, values[urlSettingOf(name)]]))),
    ...defined({ smtpUrl: values.SMTP_URL }),
    mailFrom: values.MAIL_FROM,
    deadlines: {
      paymentMs: values.PAYMENT_DEADLINE,
      reviewMs: values.REVIEW_DEADLINE,
      decisionMs: values.DECISION_DEADLINE,
      autoSignMs: values.AUTO_SIGN_AFTER,
      returnWindowMs: values.RETURN_WINDOW,
    },
    stepRetryBudgetMs: values.STEP_RETRY_BUDGET,
    returnReviewLimit: values.RETURN_REVIEW_LIMIT,
    logLevel: values.LOG_LEVEL,
    temporal,
  };
}

function deepFreeze<T>(value: T): T {
  // Certificates are bytes, which cannot be frozen.
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  for (const each of Object.values(value)) deepFreeze(each);
  return Object.freeze(value);
}

/** The environment as it is, to hand on to programs that are started: not for reading settings. */
export function userEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env };
}
