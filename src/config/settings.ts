import { z } from 'zod';
import { serviceNames, urlSettingOf, type ServiceUrlSetting } from './service-names.js';
import { services, type ServiceName } from './services.js';
import * as value from './values.js';

/** What a person needs to know about a variable, beside its name. */
export interface SettingMeta {
  group: 'System' | 'API' | 'Services' | 'Orders' | 'Temporal';
  description: string;
  /** What may stand there, in words that end a sentence: "allowed: ...". */
  allowed: string;
  /** Its value is never shown. */
  secret?: true;
  /** Shown in place of a default where being unset has a meaning of its own. */
  unset?: string;
}

const meta = z.registry<SettingMeta>();

function optional<T extends z.ZodType>(reader: T, about: SettingMeta) {
  const schema = reader.optional();
  meta.add(schema, about);
  return schema;
}

/** The default is text, read like a value that was given. */
function setting<T extends z.ZodType<unknown, string>>(reader: T, preset: string, about: SettingMeta) {
  const schema = reader.prefault(preset as never);
  meta.add(schema, about);
  return schema;
}

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
    description: `Signs the webhooks of the ${sender} (Standard Webhooks): whsec_ and what \`openssl rand -base64 32\` prints.`,
    allowed: 'whsec_ and the base64 of 24 to 64 bytes',
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
    description: 'The interface that the API and the services listen on. In a container: 0.0.0.0.',
    allowed: 'a host name or an IP address',
  }),
  PORT: setting(value.port(), '3000', {
    group: 'System',
    description: 'The port of the API; for a service that runs alone, its own.',
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
    allowed: 'a folder (made when it does not exist)',
  }),
  DATABASE_URL: optional(value.url('postgres:', 'postgresql:'), {
    group: 'System',
    description:
      'A service: its own database. `npm start`: a PostgreSQL server on which it keeps a database for each service.',
    allowed: 'postgres://user:password@host:port/database',
    secret: true,
    unset: 'an embedded PostgreSQL under DATA_DIR',
  }),
  LOG_LEVEL: setting(value.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), 'info', {
    group: 'System',
    description: 'The least important messages to log.',
    allowed: 'fatal, error, warn, info, debug, trace, silent',
  }),

  API_KEYS: optional(value.apiKeys(), {
    group: 'API',
    description: 'Who may call the API. `openssl rand -hex 24` prints a good key; a name stands for its key in logs.',
    allowed:
      'key:shopId:role or key:shopId:role:name, separated by commas; role shop or operator; shopId * for all shops (operator only); a key of 8 characters, 20 where HOST or PUBLIC_URL is not loopback',
    secret: true,
    unset: 'on loopback `dev-shop:demo:shop,dev-operator:*:operator`',
  }),
  PAYMENT_WEBHOOK_SECRET: webhookSecret('payment provider'),
  CARRIER_WEBHOOK_SECRET: webhookSecret('carrier'),
  CARRIER_SIMULATOR: setting(value.flag(), 'false', {
    group: 'API',
    description:
      'Whether the shipping service plays the carrier of `simulated` parcels. For the API too: only then an order may name that carrier, and does where it names none. `npm start` sets it to true.',
    allowed: 'true, false',
  }),
  PUBLIC_URL: optional(value.url('http:', 'https:'), {
    group: 'API',
    description: 'Where callers reach the API: links begin with it, and requests for another host are refused.',
    allowed: 'an http(s) URL',
    unset: 'on loopback http://127.0.0.1:PORT; needed where HOST is not loopback',
  }),
  ORDERFLOW_URL: optional(value.url('http:', 'https:'), {
    group: 'API',
    description: 'Where the API is: for the commands, and for the webhooks of the carrier simulator.',
    allowed: 'an http(s) URL',
    unset: 'commands look into DATA_DIR/run.json',
  }),
  TEMPORAL_UI_URL: optional(value.url('http:', 'https:'), {
    group: 'API',
    description: 'Where people find the Temporal Web UI: for the links in orders.',
    allowed: 'an http(s) URL',
    unset: 'the local one at TEMPORAL_UI_PORT, where TEMPORAL_ADDRESS is unset too',
  }),

  SERVICE_TOKEN: optional(value.token(), {
    group: 'Services',
    description:
      'What the services are called with (`Authorization: Bearer`): the same for all of them, the worker, the API and the commands. `openssl rand -hex 24` prints a good one.',
    allowed: '20 to 255 of A-Za-z0-9._~+/=-',
    secret: true,
    unset: '`npm start` makes one and keeps it in DATA_DIR',
  }),
  ...serviceUrls,
  SMTP_URL: optional(value.url('smtp:', 'smtps:'), {
    group: 'Services',
    description: 'The mail server of the notification service.',
    allowed: 'smtp(s)://user:password@host:port',
    secret: true,
    unset: 'mail is kept in a log that its API shows',
  }),
  MAIL_FROM: setting(value.text(), 'Orderflow <orders@localhost>', {
    group: 'Services',
    description: 'The sender of mail.',
    allowed: 'a mail address',
  }),

  PAYMENT_DEADLINE: deadline('30m', 'How long an order waits for its payment.'),
  REVIEW_DEADLINE: deadline('24h', "How long an order waits for an operator's review."),
  DECISION_DEADLINE: deadline('24h', "How long an order waits for the customer's decision on a shortage."),
  AUTO_SIGN_AFTER: deadline('14d', 'When a delivered order counts as signed for.'),
  RETURN_WINDOW: deadline('30d', 'How long after its end an order takes returns.'),
  STEP_RETRY_BUDGET: deadline('1h', 'How long the faults of a step are retried before the order needs attention.'),
  RETURN_REVIEW_LIMIT: setting(value.amount(), '10000', {
    group: 'Orders',
    description: 'Returns of a higher amount wait for an operator.',
    allowed: 'minor units of the currency, 0 to 1000000000000',
  }),

  TEMPORAL_ADDRESS: optional(value.address(), {
    group: 'Temporal',
    description: 'The Temporal server. This and the following are the names of @temporalio/envconfig.',
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
    description: 'TLS to the server.',
    allowed: 'true, false',
  }),
  TEMPORAL_TLS_CLIENT_CERT_PATH: temporal('The client certificate (PEM): its file.', 'a path'),
  TEMPORAL_TLS_CLIENT_CERT_DATA: temporal('The client certificate (PEM): itself.', 'PEM', true),
  TEMPORAL_TLS_CLIENT_KEY_PATH: temporal("The client's key (PEM): its file.", 'a path'),
  TEMPORAL_TLS_CLIENT_KEY_DATA: temporal("The client's key (PEM): itself.", 'PEM', true),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: temporal("The authority of the server's certificate (PEM): its file.", 'a path'),
  TEMPORAL_TLS_SERVER_CA_CERT_DATA: temporal("The authority of the server's certificate (PEM): itself.", 'PEM', true),
  TEMPORAL_TLS_SERVER_NAME: temporal("The name in the server's certificate.", 'a host name'),
  TEMPORAL_PROFILE: temporal('A profile of temporal.toml, which is not read unless this or the next is set.'),
  TEMPORAL_CONFIG_FILE: temporal('A temporal.toml.', 'a path'),
});

export type SettingName = keyof typeof environment.shape;
export type Values = z.output<typeof environment>;

export interface Setting extends SettingMeta {
  name: SettingName;
  /** As it would be written; unset where there is none. */
  default?: string;
}

/** All settings, in the order of {@link environment}: for documents, `.env.example` and docker-compose.yml. */
export const settings: readonly Setting[] = Object.entries(environment.shape).map(([name, schema]) => {
  const about = meta.get(schema as never);
  if (!about) throw new Error(`The setting ${name} is not described.`);
  const preset = schema instanceof z.ZodPrefault ? { default: String(schema.def.defaultValue) } : {};
  return { name: name as SettingName, ...preset, ...about };
});
