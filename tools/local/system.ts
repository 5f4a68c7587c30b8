import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../../contracts/defined.js';
import { loadConfig, serviceNames, type Config, type ServiceName } from '../../src/config/index.js';
import { chooseAddresses } from './addresses.js';
import { openDataDir } from './data-dir.js';
import { tryLock, type Lock } from './lock.js';
import { entryOf, type LocalConfig, partNames, partSpecs, postgresDir, type Addresses } from './parts.js';
import { endOrphanedPostgres } from './postgres.js';
import { ChildRecord } from './child-record.js';
import { readRunFile, removeRunFile, writeRunFile, type PartName, type RunFile } from './run-file.js';
import { keptServiceToken } from './service-token.js';
import { Supervisor, type PartState } from './supervisor.js';

/** The system cannot start, because another system runs on this DATA_DIR. Nothing was started. */
export class CannotStartError extends Error {
  override name = 'CannotStartError';
}

export interface SystemOptions {
  /** The whole environment: the configuration, and the variables that the parts inherit. */
  env: NodeJS.ProcessEnv;
  /** Starts only these parts. Default: all. */
  parts?: readonly PartName[];
  onLine?: (part: PartName, line: string) => void;
  /** Called with the supervisor's own messages. `part` is undefined if the message is about the whole system. */
  onNote?: (part: PartName | undefined, note: string) => void;
  onState?: (part: PartName, state: PartState) => void;
  /** Cancels a start that is under way. */
  signal?: AbortSignal;
  backOffMs?: number;
}

export interface System {
  readonly config: LocalConfig;
  readonly urls: { readonly api: string; readonly worker: string; readonly temporalUi?: string } & Readonly<
    Record<ServiceName, string>
  >;
  readonly temporalAddress: string;
  /** The URL of the PostgreSQL server with its password. Undefined when PostgreSQL is neither started nor configured. */
  readonly postgresUrl: string | undefined;
  readonly startedAt: string;
  /** The parts that the supervisor keeps running, without parts that run elsewhere. */
  readonly parts: readonly PartName[];
  pid: (part: PartName) => number | undefined;
  state: (part: PartName) => PartState;
  /** Sends a signal to a part's child. If the child ends, the part is restarted after a pause. */
  kill: (part: PartName, signal: NodeJS.Signals) => void;
  /** Stops a part until {@link startPart}. */
  stopPart: (part: PartName) => Promise<void>;
  /** Resolves when the part is ready. */
  startPart: (part: PartName) => Promise<void>;
  restartPart: (part: PartName) => Promise<void>;
  /** Stops all parts in order: the API first, the databases last. */
  stop: () => Promise<void>;
}

/**
 * Starts a whole system or some of its parts. First it ends the children that a killed supervisor left running on the same data, then it
 * checks the ports. Resolves when every part is ready. From then on DATA_DIR/run.json lists the parts, and crashed parts are restarted.
 *
 * @throws {ConfigError} when the environment cannot be used.
 * @throws {BusyPortError} when a configured port is in use.
 * @throws {CannotStartError} when another system runs on DATA_DIR.
 * @throws {StartError} when a part does not come up. All parts are then stopped.
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const env = { ...options.env, CARRIER_SIMULATOR: options.env.CARRIER_SIMULATOR?.trim() || 'true' };
  const given = loadConfig(env, ['API_KEYS', 'PAYMENT_WEBHOOK_SECRET', 'CARRIER_WEBHOOK_SECRET']);
  await openDataDir(given.dataDir);
  const config = { ...given, serviceToken: given.serviceToken ?? keptServiceToken(given.dataDir) };
  const lock = await lockData(config, options);
  try {
    return await startLocked({ ...options, env }, config, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

const stopsWithinMs = 30_000;
const noticesWithinMs = 2_000;

/**
 * Takes the lock on DATA_DIR, and waits for a system that is stopping. A stopping system has removed its run.json. If its parent was just
 * killed, it removes the file within moments.
 */
async function lockData(config: Config, { onNote, signal }: SystemOptions): Promise<Lock> {
  const began = Date.now();
  for (let told = false; ; told = true) {
    const lock = await tryLock(join(config.dataDir, 'supervisor.lock'));
    if ('release' in lock) return lock;
    const running = readRunFile(config.dataDir);
    if (Date.now() - began > (running ? noticesWithinMs : stopsWithinMs) || signal?.aborted) {
      const url = running?.parts.api?.url;
      throw new CannotStartError(
        `A system runs on ${config.dataDir} already (process ${lock.heldBy.pid}${url ? `, ${url}` : ''}). ` +
          'Stop it first, or set DATA_DIR to another folder (and PORT, TEMPORAL_PORT and TEMPORAL_UI_PORT to other ports).',
      );
    }
    if (!told) onNote?.(undefined, `waiting for process ${lock.heldBy.pid}, which still holds ${config.dataDir}`);
    await sleep(500);
  }
}

async function startLocked(options: SystemOptions, config: LocalConfig, lock: Lock): Promise<System> {
  const { onNote } = options;
  removeRunFile(config.dataDir);
  const record = new ChildRecord(config.dataDir);
  await record.endOrphans((orphans) => {
    const list = orphans.map(({ part, pid }) => `${part} (${pid})`).join(', ');
    onNote?.(undefined, `ending what an earlier start left running: ${list}`);
  });
  await endOrphanedPostgres(postgresDir(config));
  const addresses = await chooseAddresses(config);
  const startedAt = new Date().toISOString();
  let announced = false;
  const pids = new Map<PartName, number>();
  const wanted = (name: PartName) => options.parts?.includes(name) ?? true;
  const announce = () => {
    if (announced) {
      writeRunFile(config.dataDir, {
        ...runFile(startedAt, addresses, pids, wanted),
        serviceToken: config.serviceToken,
      });
    }
  };

  const supervisor = new Supervisor<PartName>({
    parts: partSpecs({ config, addresses, env: options.env }).filter(({ name }) => wanted(name)),
    ...defined({ onLine: options.onLine, backOffMs: options.backOffMs }),
    onNote: (part, note) => onNote?.(part, note),
    onStarted: (part, pid, program) => {
      record.started(part, pid, program.stopSignal);
      // The pid of a crashed child stays until the pid of the next one replaces it.
      pids.set(part, pid);
      announce();
    },
    onEnded: (_part, pid) => record.ended(pid),
    onState: (part, state) => {
      options.onState?.(part, state);
      if (state === 'stopped' && pids.delete(part)) announce();
    },
  });

  // If this program exits while parts run, the parts are killed too. Only a SIGKILL leaves them running.
  const killAll = () => record.killAll();
  process.once('exit', killAll);
  const stop = async () => {
    announced = false;
    removeRunFile(config.dataDir);
    await supervisor.stop();
    process.off('exit', killAll);
    await lock.release();
  };
  const cut = () => void supervisor.stop();
  options.signal?.addEventListener('abort', cut);
  try {
    options.signal?.throwIfAborted();
    await supervisor.start();
    if (options.parts === undefined) await allUp(addresses.api.url, options);
    options.signal?.throwIfAborted();
  } catch (error) {
    await supervisor.stop();
    process.off('exit', killAll);
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', cut);
  }
  announced = true;
  announce();
  return systemOf(config, addresses, startedAt, supervisor, stop);
}

const allUpWithinMs = 30_000;

/** Waits until the API reports that all parts reach each other. Logs a note if this takes longer than 30 seconds. */
async function allUp(api: string, { signal, onNote }: SystemOptions): Promise<void> {
  let answer = 'nothing';
  for (const until = Date.now() + allUpWithinMs; Date.now() < until && !signal?.aborted;) {
    try {
      const response = await fetch(`${api}/health/ready`, { signal: AbortSignal.timeout(5_000) });
      answer = await response.text();
      const { parts = {} } = JSON.parse(answer) as { parts?: Record<string, string> };
      if (response.ok && Object.values(parts).every((state) => state === 'up')) return;
    } catch (error) {
      answer = (error as Error).message;
    }
    await sleep(50);
  }
  if (!signal?.aborted) {
    onNote?.(undefined, `not everything is up after ${allUpWithinMs / 1000} s: /health/ready says ${answer}`);
  }
}

function runFile(
  startedAt: string,
  addresses: Addresses,
  pids: Map<PartName, number>,
  wanted: (name: PartName) => boolean,
): Omit<RunFile, 'serviceToken'> {
  const parts: RunFile['parts'] = {};
  for (const name of partNames) {
    const elsewhere = isElsewhere(name, addresses);
    if (pids.has(name) || (elsewhere && wanted(name))) parts[name] = entryOf(name, addresses, pids.get(name));
  }
  return { startedAt, parts };
}

/** Checks whether a part runs elsewhere by configuration instead of being started here. */
function isElsewhere(name: PartName, { temporal, postgres, services }: Addresses): boolean {
  if (name === 'worker' || name === 'api') return false;
  if (name === 'temporal') return temporal.ports === undefined;
  return (name === 'postgres' ? postgres.port : services[name].port) === undefined;
}

function systemOf(
  config: LocalConfig,
  addresses: Addresses,
  startedAt: string,
  supervisor: Supervisor<PartName>,
  stop: () => Promise<void>,
): System {
  const services = Object.fromEntries(serviceNames.map((name) => [name, addresses.services[name].url]));
  const { uiUrl } = addresses.temporal;
  return {
    config,
    urls: {
      api: addresses.api.url,
      worker: addresses.worker.url,
      ...defined({ temporalUi: uiUrl }),
      ...(services as Record<ServiceName, string>),
    },
    temporalAddress: addresses.temporal.address,
    get postgresUrl() {
      return addresses.postgres.url;
    },
    startedAt,
    parts: supervisor.names,
    pid: (part) => supervisor.pid(part),
    state: (part) => supervisor.state(part),
    kill: (part, signal) => supervisor.kill(part, signal),
    stopPart: (part) => supervisor.stopPart(part),
    startPart: (part) => supervisor.startPart(part),
    restartPart: (part) => supervisor.restartPart(part),
    stop,
  };
}
