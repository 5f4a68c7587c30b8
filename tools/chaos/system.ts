import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceNames, urlSettingOf, userEnvironment, type ServiceName } from '../../src/config/index.js';
import type { FoundSystem } from '../cli/find-system.js';
import { ChildRecord } from '../local/child-record.js';
import { programs } from '../local/parts.js';
import { identify } from '../local/pid-identity.js';
import { freePort } from '../local/ports.js';
import { endOrphanedPostgres } from '../local/postgres.js';
import { readRunFile, type PartName } from '../local/run-file.js';
import type { CallFault, Call } from './call-faults.js';
import { FaultProxy } from './proxy.js';
import type { Order, Setup } from './supervise.js';

/** Short where only people are slow. An order of a log waits for its payment until somebody pays. */
const settings = {
  PAYMENT_DEADLINE: '6h',
  DECISION_DEADLINE: '30s',
  REVIEW_DEADLINE: '30s',
  AUTO_SIGN_AFTER: '8s',
  STEP_RETRY_BUDGET: '45s',
  RETURN_REVIEW_LIMIT: '3000',
  LOG_LEVEL: 'warn',
};

export const shopKey = 'chaos-shop-key-1';
export const operatorKey = 'chaos-operator-key-1';
export const shopId = 'demo';

/** The whole system as programs, on ports and data of its own, with a proxy in front of each service. */
export class ChaosSystem {
  private supervisor: ChildProcess | undefined;
  private ready: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;
  private readonly waiters = new Set<{ order: Order; done: () => void }>();

  private constructor(
    readonly folder: string,
    private readonly setup: Setup,
    private readonly proxies: readonly FaultProxy[],
    private readonly log: WriteStream,
    readonly temporalAddress: string,
    private readonly apiUrl: string,
    private readonly serviceToken: string,
  ) {}

  /**
   * Resolves when every part is ready.
   *
   * @param signal ends the start, which then throws its reason when everything has ended.
   */
  static async start(
    folder: string,
    faultOf: (call: Call) => CallFault | undefined,
    signal: AbortSignal,
  ): Promise<ChaosSystem> {
    const back = join(folder, 'back');
    const front = join(folder, 'front');
    await mkdir(back, { recursive: true });
    await mkdir(front, { recursive: true });
    const proxies = await Promise.all(
      serviceNames.map((service) =>
        FaultProxy.open({ service, faultOf, target: () => readRunFile(back)?.parts[service]?.url }),
      ),
    );
    const [api, temporal, ui] = [await freePort(), await freePort(), await freePort()];
    const common = {
      ...environmentToInherit(),
      ...settings,
      API_KEYS: `${shopKey}:${shopId}:shop,${operatorKey}:*:operator`,
      SERVICE_TOKEN: randomBytes(24).toString('hex'),
      // The carrier simulator reports to the API.
      PORT: String(api),
    };
    const setup: Setup = {
      back: { ...common, DATA_DIR: back, TEMPORAL_PORT: String(temporal), TEMPORAL_UI_PORT: String(ui) },
      front: {
        ...common,
        ...Object.fromEntries(serviceNames.map((service, i) => [urlSettingOf(service), proxies[i]!.url])),
        DATA_DIR: front,
        TEMPORAL_ADDRESS: `127.0.0.1:${temporal}`,
      },
    };
    const log = createWriteStream(join(folder, 'system.log'));
    const address = `127.0.0.1:${temporal}`;
    const system = new ChaosSystem(
      folder,
      setup,
      proxies,
      log,
      address,
      `http://127.0.0.1:${api}`,
      common.SERVICE_TOKEN,
    );
    const close = () => void system.close();
    signal.addEventListener('abort', close);
    try {
      signal.throwIfAborted();
      await system.startSupervisor();
      signal.throwIfAborted();
      return system;
    } catch (error) {
      await system.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  /** The API itself and the services behind the proxies, for commands. */
  get found(): FoundSystem {
    const known = new Map<ServiceName, string>();
    return {
      url: (part) => {
        if (part === 'api') return this.apiUrl;
        const url = readRunFile(this.setup.back.DATA_DIR)?.parts[part]?.url;
        if (url !== undefined) known.set(part, url);
        return known.get(part) ?? 'http://127.0.0.1:9';
      },
      serviceToken: () => this.serviceToken,
    };
  }

  /** The superuser's URL of a service's database; undefined while the system starts. */
  databaseUrl(service: ServiceName): string | undefined {
    const server = readRunFile(this.setup.back.DATA_DIR)?.parts.postgres?.url;
    return server && Object.assign(new URL(server), { pathname: `/orderflow_${service}` }).href;
  }

  /** The environment of a worker that is started beside the system. */
  get workerEnvironment(): NodeJS.ProcessEnv {
    return { ...this.setup.front, WORKER_PORT: '0' };
  }

  /** The pids of a part that runs now. PostgreSQL has a program for each session. */
  pidsOf(part: PartName, whole: boolean): number[] {
    for (const { DATA_DIR } of [this.setup.front, this.setup.back]) {
      const child = recordedIn(DATA_DIR).find((each) => each.part === part);
      if (!child || identify(child.pid)?.startTime !== child.startTime) continue;
      return whole && part === 'postgres' ? [child.pid, ...childrenOf(child.pid)] : [child.pid];
    }
    return [];
  }

  get supervisorPid(): number | undefined {
    return this.supervisor?.exitCode === null && this.supervisor.signalCode === null ? this.supervisor.pid : undefined;
  }

  /** Kills the supervisor. Its parts run on until the next one starts. */
  async killSupervisor(): Promise<boolean> {
    const { supervisor } = this;
    if (!supervisor || this.supervisorPid === undefined) return false;
    const ended = once(supervisor, 'exit');
    // From here on it is not restarted by itself.
    this.supervisor = undefined;
    supervisor.kill('SIGKILL');
    await ended;
    return true;
  }

  /** Starts a supervisor, and another one for as long as one gives up: a part may be killed while it starts. */
  startSupervisor(): Promise<void> {
    this.ready = this.keepStarting();
    this.ready.catch(() => undefined);
    return this.ready;
  }

  /** Resolves when the supervisor that runs has started every part. */
  untilReady(): Promise<void> {
    return this.ready;
  }

  /** Starts or stops a part as an operator does. Resolves when that is done, or the supervisor is killed. */
  async tell(order: Order): Promise<void> {
    await this.ready;
    const { supervisor } = this;
    if (!supervisor?.connected) return;
    await new Promise<void>((resolve) => {
      const waiter = { order, done: resolve };
      this.waiters.add(waiter);
      supervisor.once('exit', resolve);
      supervisor.send(order);
    });
  }

  /** Ends everything, frozen programs too. */
  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    const { supervisor } = this;
    this.supervisor = undefined;
    if (supervisor && supervisor.exitCode === null && supervisor.signalCode === null) {
      const ended = once(supervisor, 'exit');
      supervisor.kill('SIGTERM');
      const killer = setTimeout(() => supervisor.kill('SIGKILL'), 60_000);
      await ended;
      clearTimeout(killer);
    }
    for (const { DATA_DIR } of [this.setup.front, this.setup.back]) {
      await new ChildRecord(DATA_DIR).endOrphans(() => undefined);
    }
    await endOrphanedPostgres(join(this.setup.back.DATA_DIR, 'postgres'));
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    await new Promise<void>((resolve) => this.log.end(() => resolve()));
  }

  private async keepStarting(): Promise<void> {
    for (let attempt = 1; !this.closing; attempt += 1) {
      if (await this.startOnce()) return;
      if (this.closing) return;
      if (attempt === 5) throw new Error(`the system does not start: see ${join(this.folder, 'system.log')}`);
      await sleep(500);
    }
  }

  private async startOnce(): Promise<boolean> {
    const supervisor = fork(join(programs, 'tools/chaos/supervise.js'), [], {
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A Ctrl-C at the terminal is for this program, which ends the supervisor in order.
      detached: true,
      env: environmentToInherit(),
    });
    this.supervisor = supervisor;
    for (const stream of [supervisor.stdout, supervisor.stderr]) stream?.pipe(this.log, { end: false });
    let wasReady = false;
    const ended = once(supervisor, 'exit').then(() => {
      // It ended by itself. Whatever runs it in production starts it again.
      if (wasReady && this.supervisor === supervisor) void this.startSupervisor();
      return false;
    });
    const ready = new Promise<boolean>((resolve) => {
      supervisor.on('message', (message: 'ready' | Order) => {
        if (message === 'ready') {
          wasReady = true;
          return resolve(true);
        }
        for (const waiter of this.waiters) {
          if (waiter.order.do !== message.do || waiter.order.part !== message.part) continue;
          this.waiters.delete(waiter);
          waiter.done();
        }
      });
    });
    supervisor.send(this.setup);
    return Promise.race([ready, ended]);
  }
}

/** DATA_DIR/processes.json, which is current also while the system starts. */
function recordedIn(dataDir: string): { part: string; pid: number; startTime: string }[] {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'processes.json'), 'utf8')) as never;
  } catch {
    return []; // No part runs.
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // Not Linux: the server itself is frozen, and its sessions go on.
  }
}

/** The environment without settings of another system. */
function environmentToInherit(): NodeJS.ProcessEnv {
  const ours = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME'];
  return Object.fromEntries(Object.entries(userEnvironment()).filter(([name]) => ours.includes(name)));
}
