import { z } from 'zod';
import { serviceNames, urlSettingOf, type ServiceUrlSetting } from './service-names.js';
import { services, type ServiceName } from './services.js';
import { descriptions, optional, setting, type SettingMeta } from './setting.js';
import * as value from './values.js';

const durations = 'a number and ms, s, m, h or d, such as 30m; more than 0, at most 3650d';
const serviceUrl = (name: ServiceName) =>
  optional(value.url('http:', 'https:'), {
    group: 'Services',
    description: `The ${name} service: ${services[name].purpose}.`,
    allowed: 'an http(s) URL',
    unset: 'started by `npm start` on a free port',
  });
const serviceUrls = Object.fromEntries(serviceNames.map((name) => [urlSettingOf(name), serviceUrl(name)])) as Record<
  ServiceUrlSetting,
  ReturnType<typeof serviceUrl>
>;
const webhookSecret = (sender: string) =>
  optional(value.webhookSecret(), {
    group: 'API',
    description: `The secret that signs the webhooks of the ${sender} (Standard Webhooks): whsec_ and the output of \`openssl rand -base64 32\`.`,
    allowed: 'whsec_ and 24 to 64 bytes in base64',
    secret: true,
    unset: 'on loopback a development secret',
  });
const deadline = (preset: string, description: string) =>
  setting(value.duration(), preset, { group: 'Orders', description, allowed: durations });
const temporal = (description: string, allowed = 'text', secret?: true) =>
  optional(value.text(), { group: 'Temporal', description, allowed, ...(secret ? { secret } : {}) });

/** Every environment variable that Orderflow reads. */
export const environment = z.object({
  HOST: setting(value.host(), '127.0.0.1', {
    group: 'System',
    description: 'The interface that the API, the worker and the services listen on. In a container: 0.0.0.0.',
    allowed: 'a host name or an IP address',
  }),
  PORT: setting(value.port(), '3000', {
    group: 'System',
    description: 'The port of the API, or of a service that is started alone.',
    allowed: '0 to 65535 (0: a free one)',
  }),
  TEMPORAL_PORT: setting(value.port(), '7233', {
    group: 'System',
    description: 'The port of the local Temporal server.',
    allowed: '0 to 65535 (0: a free one)',
  }),
  TEMPORAL_UI_PORT: setting(value.port(), '8233', {
    group: 'System',
    description: 'The port of the local Temporal Web UI.',
    allowed: '0 to 65535 (0: a free one)',
  }),
  DATA_DIR: setting(value.text(), '.data', {
    group: 'System',
    description: 'Where a local system keeps its data.',
    allowed: 'a folder (created if it does not exist)',
  }),
  DATABASE_URL: optional(value.url('postgres:', 'postgresql:'), {
    group: 'System',
    description:
      'For a service: its own database. For `npm start`: a PostgreSQL server, on which each service gets its own database.',
    allowed: 'postgres://user:password@host:port/database',
    secret: true,
    unset: 'an embedded PostgreSQL under DATA_DIR',
  }),
  LOG_LEVEL: setting(value.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), 'info', {
    group: 'System',
    description: 'The lowest level that is logged.',
    allowed: 'fatal, error, warn, info, debug, trace, silent',
  }),
  WORKFLOW_STACK_TRACES: setting(value.oneOf('full', 'short', 'off'), 'off', {
    group: 'System',
    description:
      'What the worker records about where the code of a run waits. `full` fills the Call Stack of the Temporal Web UI; `short` keeps the innermost functions, also of errors in workflow code; `off` leaves the Call Stack empty, and saves a large part of the CPU of the worker.',
    allowed: 'full, short, off',
  }),

  WORKER_PORT: setting(value.port(), '0', {
    group: 'System',
    description: 'The port of the worker, for its health and its metrics.',
    allowed: '0 to 65535 (0: a free one)',
  }),
  WORKER_VERSIONING: setting(value.flag(), 'false', {
    group: 'System',
    description:
      'Whether Temporal sends an order only to workers of the version that is current or ramping. Without a current version, orders wait: see docs/rolling-out.md.',
    allowed: 'true, false',
  }),
  WORKER_DEPLOYMENT: setting(value.versionName(), 'orderflow', {
    group: 'System',
    description: 'The deployment of the worker, of which WORKER_BUILD_ID is a version.',
    allowed: '1 to 60 letters, digits, _ and -',
  }),
  WORKER_BUILD_ID: optional(value.versionName(), {
    group: 'System',
    description: 'Identifies the code of the worker in histories, and as a version of its deployment.',
    allowed: '1 to 60 letters, digits, _ and -',
    unset: 'a digest of the workflow code',
  }),
  WORKER_SLOTS: optional(value.count(2, 1000), {
    group: 'System',
    description:
      'How many runs a worker advances at the same time. The others wait on the Temporal server, which serves the shops in turn.',
    allowed: '2 to 1000',
    unset: 'three for each CPU, from 4 to 12',
  }),
  WORKER_CACHED_RUNS: optional(value.count(2, 1_000_000), {
    group: 'System',
    description:
      'How many open runs a worker keeps in memory, at about a quarter of a MB each. When another one needs to go on, its history is read again.',
    allowed: '2 to 1000000',
    unset: 'as many as fit into three quarters of the memory that Node.js may use, less 200 MB',
  }),

  API_KEYS: optional(value.apiKeys(), {
    group: 'API',
    description:
      'Who may call the API. `openssl rand -hex 24` prints a good key. Logs show the name of a key instead of the key.',
    allowed:
      'key:shopId:role or key:shopId:role:name, separated by commas; role shop or operator; shopId * for all shops (operator only); at least 8 characters a key, 20 if HOST or PUBLIC_URL is not loopback',
    secret: true,
    unset: 'on loopback `dev-shop:demo:shop,dev-operator:*:operator`',
  }),
  RATE_LIMIT: setting(value.count(1, 1_000_000), '100', {
    group: 'API',
    description:
      'How many orders and commands one key may send a second, on average of five seconds: a burst may have five times as many. Above it, the API answers 429. Each API counts for itself, and reads are not counted.',
    allowed: '1 to 1000000',
  }),
  EVENT_STREAMS_PER_KEY: setting(value.count(1, 100_000), '20', {
    group: 'API',
    description: 'How many event streams one key may have open at each API. Above it, the API answers 429.',
    allowed: '1 to 100000',
  }),
  PAYMENT_WEBHOOK_SECRET: webhookSecret('payment provider'),
  CARRIER_WEBHOOK_SECRET: webhookSecret('carrier'),
  CARRIER_SIMULATOR: setting(value.flag(), 'false', {
    group: 'API',
    description:
      'Whether the shipping service simulates the carrier of `simulated` parcels. The API needs the same value: if true, orders may name that carrier, and orders that name none get it. `npm start` sets it to true.',
    allowed: 'true, false',
  }),
  PUBLIC_URL: optional(value.url('http:', 'https:'), {
    group: 'API',
    description:
      'The URL at which callers reach the API. Links begin with it, and requests for another host are refused.',
    allowed: 'an http(s) URL',
    unset: 'on loopback http://127.0.0.1:PORT; needed if HOST is not loopback',
  }),
  ORDERFLOW_URL: optional(value.url('http:', 'https:'), {
    group: 'API',
    description: 'The URL of the API, for the commands and for the webhooks of the carrier simulator.',
    allowed: 'an http(s) URL',
    unset: 'commands read it from DATA_DIR/run.json',
  }),
  TEMPORAL_UI_URL: optional(value.url('http:', 'https:'), {
    group: 'API',
    description: 'The URL of the Temporal Web UI, for the links in orders.',
    allowed: 'an http(s) URL',
    unset: 'the local one at TEMPORAL_UI_PORT, if TEMPORAL_ADDRESS is unset too',
  }),

  SERVICE_TOKEN: optional(value.token(), {
    group: 'Services',
    description:
      'The token in every call to a service (`Authorization: Bearer`). The services, the worker, the API and the commands need the same one. `openssl rand -hex 24` prints a good one.',
    allowed: '20 to 255 characters of A-Za-z0-9._~+/=-',
    secret: true,
    unset: '`npm start` makes one and keeps it in DATA_DIR',
  }),
  ...serviceUrls,
  SMTP_URL: optional(value.url('smtp:', 'smtps:'), {
    group: 'Services',
    description: 'The mail server of the notification service.',
    allowed: 'smtp(s)://user:password@host:port',
    secret: true,
    unset: 'nothing is mailed; each notification is a line in the log of the service',
  }),
  MAIL_FROM: setting(value.text(), 'Orderflow <orders@localhost>', {
    group: 'Services',
    description: 'The sender of the mail.',
    allowed: 'a mail address',
  }),

  PAYMENT_DEADLINE: deadline('30m', 'How long an order waits for its payment.'),
  REVIEW_DEADLINE: deadline('24h', "How long an order waits for an operator's review."),
  DECISION_DEADLINE: deadline('24h', "How long an order waits for the customer's decision on a shortage."),
  AUTO_SIGN_AFTER: deadline('14d', 'How long after delivery an order counts as signed for.'),
  RETURN_WINDOW: deadline('30d', 'How long after its end an order accepts returns.'),
  STEP_RETRY_BUDGET: deadline('1h', 'How long a failing call of a step is retried before the order needs attention.'),
  RETURN_REVIEW_LIMIT: setting(value.amount(), '10000', {
    group: 'Orders',
    description: 'Returns above this amount wait for an operator.',
    allowed: 'minor units of the currency, 0 to 1000000000000',
  }),

  TEMPORAL_ADDRESS: optional(value.address(), {
    group: 'Temporal',
    description: 'The Temporal server. This name and the following ones are those of @temporalio/envconfig.',
    allowed: 'host:port',
    unset: 'a local server, started by `npm start`',
  }),
  TEMPORAL_NAMESPACE: setting(value.text(), 'default', {
    group: 'Temporal',
    description: 'The namespace of all runs.',
    allowed: 'the name of a namespace',
  }),
  TEMPORAL_API_KEY: temporal('The API key for the server.', 'text', true),
  TEMPORAL_TLS: optional(value.flag(), {
    group: 'Temporal',
    description: 'Whether to use TLS.',
    allowed: 'true, false',
  }),
  TEMPORAL_TLS_CLIENT_CERT_PATH: temporal('The file of the client certificate (PEM).', 'a path'),
  TEMPORAL_TLS_CLIENT_CERT_DATA: temporal('The client certificate itself (PEM).', 'PEM', true),
  TEMPORAL_TLS_CLIENT_KEY_PATH: temporal('The file of the client key (PEM).', 'a path'),
  TEMPORAL_TLS_CLIENT_KEY_DATA: temporal('The client key itself (PEM).', 'PEM', true),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: temporal(
    'The file of the CA certificate that the server is checked against (PEM).',
    'a path',
  ),
  TEMPORAL_TLS_SERVER_CA_CERT_DATA: temporal(
    'The CA certificate that the server is checked against, itself (PEM).',
    'PEM',
    true,
  ),
  TEMPORAL_TLS_SERVER_NAME: temporal('The host name in the server certificate.', 'a host name'),
  TEMPORAL_PROFILE: temporal(
    'A profile in temporal.toml. The file is read only if this or TEMPORAL_CONFIG_FILE is set.',
  ),
  TEMPORAL_CONFIG_FILE: temporal('The path of a temporal.toml.', 'a path'),
});

export type SettingName = keyof typeof environment.shape;
export type Values = z.output<typeof environment>;

export interface Setting extends SettingMeta {
  name: SettingName;
  /** The default as text, as it would be set. */
  default?: string;
}

/** All settings in the order of {@link environment}: the documents, `.env.example` and docker-compose.yml follow from them. */
export const settings: readonly Setting[] = Object.entries(environment.shape).map(([name, schema]) => {
  const about = descriptions.get(schema as never);
  if (!about) throw new Error(`The setting ${name} has no description.`);
  const preset = schema instanceof z.ZodPrefault ? { default: String(schema.def.defaultValue) } : {};
  return { name: name as SettingName, ...preset, ...about };
});
