import { resolve } from 'node:path';
import { defined } from '../../contracts/defined.js';
import { ConfigError } from './errors.js';
import { serviceNames, urlSettingOf } from './service-names.js';
import type { ServiceName } from './services.js';
import type { Values } from './settings.js';
import { temporalConfig, type TemporalConfig } from './temporal.js';
import type { ApiKey } from './values.js';
import { workerSizes, type WorkerSizes } from './worker-sizes.js';

/** The whole configuration, frozen. Durations are in milliseconds, amounts in minor units. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly workerPort: number;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  /** An absolute path. */
  readonly dataDir: string;
  readonly databaseUrl?: string;
  /** Empty if none are set and others can reach the API: it then lets nobody in. */
  readonly apiKeys: readonly ApiKey[];
  /** Whether `apiKeys` are the published development keys: only on loopback, only while API_KEYS is unset. */
  readonly developmentKeys: boolean;
  /** Orders and commands of one key, a second. */
  readonly rateLimit: number;
  readonly eventStreamsPerKey: number;
  /** `whsec_...` of each sender. */
  readonly webhookSecrets: Readonly<Partial<Record<'payment' | 'carrier', string>>>;
  /** Whether the shipping service simulates the carrier of `simulated` parcels. */
  readonly carrierSimulator: boolean;
  /** What callers send to the services as `Authorization: Bearer`. */
  readonly serviceToken?: string;
  /** Where callers reach the API, without a trailing slash. Unset on loopback, where its own address is used. */
  readonly publicUrl?: string;
  /** Base URL of the API, without a trailing slash. */
  readonly orderflowUrl?: string;
  /** Base URL of the Temporal Web UI, without a trailing slash. */
  readonly temporalUiUrl?: string;
  readonly serviceUrls: Readonly<Partial<Record<ServiceName, string>>>;
  readonly smtpUrl?: string;
  readonly mailFrom: string;
  /** An order keeps the deadlines that it was placed with. */
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
  readonly workflowStackTraces: Values['WORKFLOW_STACK_TRACES'];
  readonly worker: WorkerSizes;
  readonly workerDeployment: { readonly name: string; readonly buildId?: string; readonly isVersioned: boolean };
  readonly temporal: TemporalConfig;
}

/**
 * @param env the environment that `values` were read from.
 * @throws {ConfigError} when the Temporal profile or file cannot be read.
 */
export function configOf(values: Values, env: NodeJS.ProcessEnv, developmentKeys: boolean): Config {
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
    workerPort: values.WORKER_PORT,
    temporalPort: values.TEMPORAL_PORT,
    temporalUiPort: values.TEMPORAL_UI_PORT,
    dataDir: resolve(values.DATA_DIR),
    apiKeys: values.API_KEYS ?? [],
    developmentKeys,
    rateLimit: values.RATE_LIMIT,
    eventStreamsPerKey: values.EVENT_STREAMS_PER_KEY,
    webhookSecrets: defined({ payment: values.PAYMENT_WEBHOOK_SECRET, carrier: values.CARRIER_WEBHOOK_SECRET }),
    carrierSimulator: values.CARRIER_SIMULATOR,
    ...defined({
      databaseUrl: values.DATABASE_URL,
      smtpUrl: values.SMTP_URL,
      serviceToken: values.SERVICE_TOKEN,
      publicUrl: values.PUBLIC_URL,
      orderflowUrl: values.ORDERFLOW_URL,
      temporalUiUrl,
    }),
    serviceUrls: defined(Object.fromEntries(serviceNames.map((name) => [name, values[urlSettingOf(name)]]))),
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
    workflowStackTraces: values.WORKFLOW_STACK_TRACES,
    worker: workerSizes(values),
    workerDeployment: {
      name: values.WORKER_DEPLOYMENT,
      isVersioned: values.WORKER_VERSIONING,
      ...defined({ buildId: values.WORKER_BUILD_ID }),
    },
    temporal,
  };
}
