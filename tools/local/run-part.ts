import { spawn } from 'node:child_process';
import { join } from 'node:path';
import {
  ConfigError,
  loadConfig,
  serviceNames,
  urlSettingOf,
  userEnvironment,
  type Config,
  type ServiceName,
} from '../../src/config/index.js';
import { openDataDir } from './data-dir.js';
import { programs } from './parts.js';
import { whenParentIsGone } from './parent.js';
import { freePort } from './ports.js';
import { identify } from './pid-identity.js';
import { readRunFile, type PartEntry, type RunFile } from './run-file.js';
import { ensureServiceDatabases } from './service-databases.js';
import { keptServiceToken } from './service-token.js';
import { startSystem, type System } from './system.js';

// `npm run start:api | start:worker | start:service -- NAME`: runs one part alone, in the foreground. The environment says where the other
// parts are. Missing addresses come from a system that runs on the same DATA_DIR, if there is one. A service without any PostgreSQL gets
// the embedded one.

const alone = ['api', 'worker', ...serviceNames] as const;
type Alone = (typeof alone)[number];

function environmentOf(part: Alone, config: Config, running: RunFile['parts']): NodeJS.ProcessEnv {
  const env = userEnvironment();
  const fallBack = (name: string, value: string | undefined) => {
    if (!env[name] && value !== undefined) env[name] = value;
  };
  if (!isService(part)) for (const name of serviceNames) fallBack(urlSettingOf(name), running[name]?.url);
  fallBack('SERVICE_TOKEN', keptServiceToken(config.dataDir));
  fallBack('CARRIER_SIMULATOR', 'true');
  if (part !== 'api') fallBack('ORDERFLOW_URL', running.api?.url ?? `http://127.0.0.1:${config.port}`);
  if (config.temporal.local && !isService(part)) {
    fallBack('TEMPORAL_ADDRESS', running.temporal?.address);
    fallBack('TEMPORAL_UI_URL', running.temporal?.uiUrl);
  }
  return env;
}

function isService(part: Alone): part is ServiceName {
  return part !== 'api' && part !== 'worker';
}

/** @returns the URL of the service's own database. Starts the embedded PostgreSQL if none runs on DATA_DIR. */
async function databaseOf(name: ServiceName, postgres: PartEntry | undefined, start: () => Promise<string>) {
  // A PostgreSQL without a pid is the user's own.
  if (postgres?.url !== undefined && postgres.pid === undefined) return postgres.url;
  return (await ensureServiceDatabases(postgres?.url ?? (await start()), [name]))[name];
}

/** @returns the parts that run on this data now. Parts from an old run.json whose program is gone are left out. */
function runningParts(dataDir: string): RunFile['parts'] {
  const parts = readRunFile(dataDir)?.parts ?? {};
  const lives = ([, entry]: [string, { pid?: number }]) => entry.pid === undefined || identify(entry.pid) !== undefined;
  return Object.fromEntries(Object.entries(parts).filter(lives));
}

async function main(name: string | undefined): Promise<number> {
  const part = alone.find((each) => each === name);
  if (!part) {
    process.stderr.write(`Name the part to start: ${alone.join(', ')}\n`);
    return 2;
  }
  let postgres: System | undefined;
  try {
    const config = loadConfig();
    await openDataDir(config.dataDir);
    const running = runningParts(config.dataDir);
    const env = environmentOf(part, config, running);
    if (isService(part) && !env.DATABASE_URL) {
      env.DATABASE_URL = await databaseOf(part, running.postgres, async () => {
        postgres = await postgresAlone(config);
        return postgres.postgresUrl!;
      });
    }
    // A service must not take the default port, which is the API's. It uses PORT only if the environment sets it.
    if (isService(part) && !env.PORT) env.PORT = String(await freePort());
    return await inForeground(part, env);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return error instanceof ConfigError ? 2 : 1;
  } finally {
    await postgres?.stop();
  }
}

/** Starts PostgreSQL as a system of one part: its lock protects the files, and run.json tells the next service where it is. */
function postgresAlone({ dataDir }: Config): Promise<System> {
  const ownPorts = { HOST: '127.0.0.1', PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0' };
  return startSystem({
    env: { ...userEnvironment(), ...ownPorts, DATA_DIR: dataDir },
    parts: ['postgres'],
    onNote: (_part, note) => process.stderr.write(`${note}\n`),
  });
}

async function inForeground(part: Alone, env: NodeJS.ProcessEnv): Promise<number> {
  const folder = part === 'api' || part === 'worker' ? 'src' : 'services';
  const child = spawn(process.execPath, ['--enable-source-maps', join(programs, folder, part, 'main.js')], {
    env,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // The terminal also sends Ctrl-C to the child. This handler only keeps this program from ending first.
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  }
  whenParentIsGone(() => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

process.exit(await main(process.argv[2]));
