import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defined } from '../../contracts/defined.js';
import {
  serviceNames,
  services,
  settings,
  urlSettingOf,
  type Config,
  type ServiceName,
  type Setting,
  type SettingName,
} from '../../src/config/index.js';
import { environmentFor } from './environment.js';
import { preparePostgres } from './postgres.js';
import type { Program } from './program.js';
import { readyByAny, readyByHttp, readyByMessage } from './readiness.js';
import type { PartEntry, PartName } from './run-file.js';
import { ensureServiceDatabases } from './service-databases.js';
import type { PartSpec } from './supervisor.js';
import { findTemporalCli } from './temporal-cli.js';
import { prepareTemporalServer } from './temporal-server.js';

/** All parts, in the order of the lists in run.json. */
export const partNames: readonly PartName[] = ['temporal', 'postgres', ...serviceNames, 'worker', 'api'];

/** The addresses of all parts. They are chosen before anything starts, and a restart of a part keeps them. */
export interface Addresses {
  api: { host: string; port: number; url: string };
  worker: { port: number; url: string };
  temporal: { address: string; uiUrl?: string; ports?: { grpc: number; ui: number } };
  /** The URL holds the password, so the URL of an embedded server is known only when the server is prepared for its first start. */
  postgres: { url?: string; port?: number };
  services: Record<ServiceName, { url: string; port?: number }>;
}

/** The root of the checkout, whether this file runs from the sources or from dist/. */
const root = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url));
export const programs = join(root, 'dist');

/** The configuration of a local system. It always has a service token. */
export type LocalConfig = Config & { readonly serviceToken: string };

export interface PartsContext {
  config: LocalConfig;
  addresses: Addresses;
  /** The user's environment. Each part gets only the variables that it needs, and the addresses of the other parts. */
  env: NodeJS.ProcessEnv;
}

/** Lists the parts of a whole system, without the services, Temporal or PostgreSQL that run elsewhere by configuration. */
export function partSpecs(context: PartsContext): PartSpec<PartName>[] {
  const { addresses } = context;
  const specs: PartSpec<PartName>[] = [];
  if (addresses.temporal.ports) specs.push(temporalPart(context, addresses.temporal.ports));
  if (addresses.postgres.port !== undefined) specs.push(postgresPart(context, addresses.postgres.port));
  for (const name of serviceNames) {
    const { port, url } = addresses.services[name];
    if (port !== undefined) specs.push(servicePart(context, name, port, url));
  }
  specs.push(
    nodePart('worker', 2, ['temporal'], 'src/worker/main.js', () => workerEnv(context), readyByMessage, 20_000),
    nodePart(
      'api',
      3,
      [],
      'src/api/main.js',
      () => apiEnv(context),
      readyByAny(readyByMessage, readyByHttp(`${addresses.api.url}/health/live`)),
      10_000,
    ),
  );
  return specs;
}

function temporalPart({ config, env }: PartsContext, ports: { grpc: number; ui: number }): PartSpec<PartName> {
  return {
    name: 'temporal',
    stage: 0,
    after: [],
    prepare: async () =>
      prepareTemporalServer({
        cli: await findTemporalCli(),
        port: ports.grpc,
        uiPort: ports.ui,
        databaseFile: join(config.dataDir, 'temporal', 'temporal.db'),
        namespace: config.temporal.namespace,
        env: environmentFor(env),
      }),
  };
}

function postgresPart({ config, addresses }: PartsContext, port: number): PartSpec<PartName> {
  return {
    name: 'postgres',
    stage: 0,
    after: [],
    prepare: async () => {
      const program = await preparePostgres({ dir: postgresDir(config), port });
      addresses.postgres.url = program.url;
      return program;
    },
  };
}

export function postgresDir(config: Pick<Config, 'dataDir'>): string {
  return join(config.dataDir, 'postgres');
}

function servicePart(context: PartsContext, name: ServiceName, port: number, url: string): PartSpec<PartName> {
  const { addresses, config } = context;
  const env = async () => ({
    ...environmentFor({ ...context.env, ...settingsHere(context) }, ['LOG_LEVEL', ...services[name].settings]),
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: await databaseOf(name, addresses.postgres),
    SERVICE_TOKEN: config.serviceToken,
  });
  const ready = readyByAny(readyByMessage, readyByHttp(`${url}/health`));
  return nodePart(name, 1, ['postgres'], `services/${name}/main.js`, env, ready, 10_000);
}

/** Settings of single services that come from the running system instead of the user's environment. */
function settingsHere({ addresses, config }: PartsContext): NodeJS.ProcessEnv {
  return {
    CARRIER_SIMULATOR: String(config.carrierSimulator),
    ORDERFLOW_URL: addresses.api.url,
    // Only a program that signs with a secret gets it: here, the shipping service while it simulates the carrier.
    CARRIER_WEBHOOK_SECRET: config.carrierSimulator ? config.webhookSecrets.carrier : undefined,
  };
}

/** Runs at each start of a service and creates a missing database: a service's own role may not create one. */
async function databaseOf(name: ServiceName, { url, port }: Addresses['postgres']): Promise<string | undefined> {
  return url === undefined || port === undefined ? url : (await ensureServiceDatabases(url, [name]))[name];
}

function nodePart(
  name: PartName,
  stage: number,
  after: readonly PartName[],
  entry: string,
  env: () => NodeJS.ProcessEnv | Promise<NodeJS.ProcessEnv>,
  ready: Program['ready'],
  graceMs: number,
): PartSpec<PartName> {
  return {
    name,
    stage,
    after,
    prepare: async () => ({
      command: process.execPath,
      args: ['--enable-source-maps', join(programs, entry)],
      env: await env(),
      cwd: root,
      ipc: true,
      ready,
      stopSignal: 'SIGTERM',
      graceMs,
    }),
  };
}

const settingsOfWorkers = settings.map(({ name }) => name).filter((name) => /^WORKER_(?!PORT)/.test(name));

function workerEnv(context: PartsContext): NodeJS.ProcessEnv {
  return {
    ...commonEnv(context),
    ...environmentFor(context.env, ['WORKFLOW_STACK_TRACES', ...settingsOfWorkers]),
    WORKER_PORT: String(context.addresses.worker.port),
  };
}

/** The worker and the API get all addresses but no database URL: each database belongs to one service. */
function commonEnv({ config, addresses, env }: PartsContext): NodeJS.ProcessEnv {
  const urls = Object.fromEntries(serviceNames.map((name) => [urlSettingOf(name), addresses.services[name].url]));
  const ofTemporal = config.temporal.local
    ? // TEMPORAL_ADDRESS makes this look like the user's own server, so the keys and certificates in their shell are left out.
      { TEMPORAL_ADDRESS: addresses.temporal.address, TEMPORAL_NAMESPACE: config.temporal.namespace }
    : // @temporalio/envconfig also reads variables that are not settings here, for example TEMPORAL_GRPC_META_*.
      Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('TEMPORAL_')));
  return {
    ...environmentFor(env, ['LOG_LEVEL', 'RETURN_WINDOW']),
    ...urls,
    ...ofTemporal,
    SERVICE_TOKEN: config.serviceToken,
  };
}

function apiEnv(context: PartsContext): NodeJS.ProcessEnv {
  const { addresses, env } = context;
  return {
    ...commonEnv(context),
    ...environmentFor(env, [...settingNames('API'), ...settingNames('Orders')]),
    ...defined({ TEMPORAL_UI_URL: addresses.temporal.uiUrl }),
    HOST: addresses.api.host,
    PORT: String(addresses.api.port),
  };
}

function settingNames(group: Setting['group']): SettingName[] {
  return settings.filter((setting) => setting.group === group).map(({ name }) => name);
}

/** Builds the entry of a part in run.json. */
export function entryOf(name: PartName, addresses: Addresses, pid: number | undefined): PartEntry {
  const where = (): PartEntry => {
    switch (name) {
      case 'worker':
        return { url: addresses.worker.url };
      case 'api':
        return { url: addresses.api.url };
      case 'temporal':
        return defined({ address: addresses.temporal.address, uiUrl: addresses.temporal.uiUrl });
      case 'postgres':
        return defined({ url: addresses.postgres.url });
      default:
        return { url: addresses.services[name].url };
    }
  };
  return { ...defined({ pid }), ...where() };
}
