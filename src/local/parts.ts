import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config, ServiceName } from '../config/index.js';
import { preparePostgres } from './postgres.js';
import type { Program } from './process.js';
import { readyByAny, readyByHttp, readyByMessage } from './readiness.js';
import type { PartEntry, PartName } from './run-file.js';
import type { PartSpec } from './supervisor.js';
import { findTemporalCli } from './temporal-cli.js';
import { prepareTemporalServer } from './temporal-server.js';

export const serviceNames = ['orders', 'inventory', 'payment', 'shipping', 'notification'] as const;

/** In the order in which they are told of. */
export const partNames: readonly PartName[] = ['temporal', 'postgres', ...serviceNames, 'worker', 'api'];

/** Where everything is or will be: known before anything starts, and the same after a part's restart. */
export interface Addresses {
  api: { host: string; port: number; url: string };
  temporal: { address: string; uiUrl?: string; ports?: { grpc: number; ui: number } };
  /** The URL is known once the password is, that is from the first start of an embedded server on. */
  postgres: { url?: string; port?: number };
  services: Record<ServiceName, { url: string; port?: number }>;
}

/** The compiled programs; from here they are found from the sources as well as from dist/. */
const root = fileURLToPath(new URL(import.meta.url.includes('/dist/src/') ? '../../../' : '../../', import.meta.url));
export const programs = join(root, 'dist');

export interface PartsContext {
  config: Config;
  addresses: Addresses;
  /** What the processes inherit; settings in it are replaced by where things are. */
  env: NodeJS.ProcessEnv;
}

/** The parts of a whole system, without those that the configuration says are elsewhere. */
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
      () => ({ ...workerEnv(context), HOST: addresses.api.host, PORT: String(addresses.api.port) }),
      readyByAny(readyByMessage, readyByHttp(`${addresses.api.url}/health/live`)),
      10_000,
    ),
  );
  return specs;
}

function temporalPart({ config }: PartsContext, ports: { grpc: number; ui: number }): PartSpec<PartName> {
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
  const env = () => ({
    ...inherited(context),
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: context.addresses.postgres.url,
    ORDERFLOW_URL: context.addresses.api.url,
    WEBHOOK_SECRET: context.config.webhookSecret,
  });
  const ready = readyByAny(readyByMessage, readyByHttp(`${url}/health`));
  return nodePart(name, 1, ['postgres'], `services/${name}/main.js`, env, ready, 10_000);
}

function nodePart(
  name: PartName,
  stage: number,
  after: readonly PartName[],
  entry: string,
  env: () => NodeJS.ProcessEnv,
  ready: Program['ready'],
  graceMs: number,
): PartSpec<PartName> {
  return {
    name,
    stage,
    after,
    prepare: () =>
      Promise.resolve({
        command: process.execPath,
        args: ['--enable-source-maps', join(programs, entry)],
        env: env(),
        cwd: root,
        ipc: true,
        ready,
        stopSignal: 'SIGTERM',
        graceMs,
      }),
  };
}

/** Worker and API know where everything is, but no database: those are the services' own. */
function workerEnv(context: PartsContext): NodeJS.ProcessEnv {
  const { addresses } = context;
  const urls = Object.fromEntries(
    serviceNames.map((name) => [`${name.toUpperCase()}_URL`, addresses.services[name].url]),
  );
  return { ...inherited(context), ...urls, ORDERFLOW_URL: addresses.api.url, HOST: '127.0.0.1' };
}

function inherited({ config, addresses, env }: PartsContext): NodeJS.ProcessEnv {
  const base: NodeJS.ProcessEnv = { ...env, DATA_DIR: config.dataDir };
  for (const name of ['PORT', 'HOST', 'DATABASE_URL', ...serviceNames.map((each) => `${each.toUpperCase()}_URL`)]) {
    delete base[name];
  }
  if (config.temporal.local) {
    // Naming an address makes it a server of the person's own, to which keys and certificates of their shell would go.
    for (const name of Object.keys(base)) if (name.startsWith('TEMPORAL_')) delete base[name];
    base.TEMPORAL_ADDRESS = addresses.temporal.address;
    base.TEMPORAL_NAMESPACE = config.temporal.namespace;
  }
  if (addresses.temporal.uiUrl !== undefined) base.TEMPORAL_UI_URL = addresses.temporal.uiUrl;
  return base;
}

/** What run.json says of a part. */
export function entryOf(name: PartName, addresses: Addresses, pid: number | undefined): PartEntry {
  const where = (): PartEntry => {
    switch (name) {
      case 'worker':
        return {};
      case 'api':
        return { url: addresses.api.url };
      case 'temporal':
        return {
          address: addresses.temporal.address,
          ...(addresses.temporal.uiUrl === undefined ? {} : { uiUrl: addresses.temporal.uiUrl }),
        };
      case 'postgres':
        return addresses.postgres.url === undefined ? {} : { url: addresses.postgres.url };
      default:
        return { url: addresses.services[name].url };
    }
  };
  return { ...(pid === undefined ? {} : { pid }), ...where() };
}
