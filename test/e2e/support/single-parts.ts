import getPort, { portNumbers } from 'get-port';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceNames, urlSettingOf, type ServiceName } from '../../../src/config/index.js';
import type { TemporalTarget } from '../../../src/temporal/connection.js';
import { ensureBuilt, root } from '../../../tools/local/build.mjs';
import { openDataDir } from '../../../tools/local/data-dir.js';
import { preparePostgres, type PostgresProgram } from '../../../tools/local/postgres.js';
import { describeEnd, launch, type Child, type ChildEnd, type Program } from '../../../tools/local/program.js';
import { keptServiceToken } from '../../../tools/local/service-token.js';
import { findTemporalCli } from '../../../tools/local/temporal-cli.js';
import { prepareTemporalServer } from '../../../tools/local/temporal-server.js';
import { cleanEnvironment } from '../../support/system.js';
import { until } from '../../support/until.js';

/** Below the ports that other tests draw: a part that starts late must still find its port free. */
const first = 10_000 + Math.floor(Math.random() * 4_000);
const ownPort = () => getPort({ port: portNumbers(first, 14_999), reserve: true });

interface Started {
  child: Child;
  lines: string[];
  /** Somebody stops it. */
  isStopping: boolean;
}

export type Single = 'temporal' | 'postgres' | ServiceName | 'worker' | 'api';

const apiKeys = 'single-shop-key:demo:shop,single-operator-key:*:operator';
export const keys = { shop: 'single-shop-key', operator: 'single-operator-key' };

/**
 * A system whose parts are started and stopped one by one, in any order, with no supervisor: `npm run start:api`, `start:worker` and
 * `start:service`, beside a Temporal and a PostgreSQL. All addresses are known from the beginning.
 *
 *     const parts = await SingleParts.open();
 *     await parts.start('api');
 *     await parts.start('temporal');
 */
export class SingleParts {
  /** Parts that ended although nobody stopped them. */
  readonly ended: string[] = [];
  private readonly started = new Map<Single, Started>();

  private constructor(
    readonly dataDir: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly ports: Record<Single, number>,
    private readonly postgres: PostgresProgram,
  ) {}

  /** @param settings for every part. */
  static async open(settings: Record<string, string> = {}): Promise<SingleParts> {
    await ensureBuilt();
    const dataDir = await mkdtemp(join(tmpdir(), 'orderflow-single-parts-'));
    await openDataDir(dataDir);
    const names: Single[] = ['temporal', 'postgres', 'worker', 'api', ...serviceNames];
    const ports = Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await ownPort()] as const)),
    ) as Record<Single, number>;
    const postgres = await preparePostgres({ dir: join(dataDir, 'postgres'), port: ports.postgres });
    const env = {
      ...cleanEnvironment(),
      ...Object.fromEntries(serviceNames.map((name) => [urlSettingOf(name), `http://127.0.0.1:${ports[name]}`])),
      DATA_DIR: dataDir,
      LOG_LEVEL: 'info',
      SERVICE_TOKEN: keptServiceToken(dataDir),
      API_KEYS: apiKeys,
      TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
      WORKER_PORT: String(ports.worker),
      ...settings,
    };
    return new SingleParts(dataDir, env, ports, postgres);
  }

  url(part: Single): string {
    return `http://127.0.0.1:${this.ports[part]}`;
  }

  /** For a client of Temporal. */
  get temporal(): TemporalTarget {
    const address = this.env.TEMPORAL_ADDRESS!;
    return { temporal: { local: true, address, namespace: 'default', connectionOptions: { address } } };
  }

  get serviceToken(): string {
    return this.env.SERVICE_TOKEN!;
  }

  /** The superuser's URL of a service's database. */
  databaseUrl(service: ServiceName): string {
    return Object.assign(new URL(this.postgres.url), { pathname: `/orderflow_${service}` }).href;
  }

  /** Starts a part. Resolves when Temporal or PostgreSQL is ready; of the others, when the program runs. */
  async start(part: Single, env: Record<string, string> = {}): Promise<void> {
    const program = await this.programOf(part);
    const child = await launch(part, { ...program, env: { ...program.env, ...env } });
    const started: Started = { child, lines: [], isStopping: false };
    child.onLine((line) => started.lines.push(line));
    this.started.set(part, started);
    void child.ended.then((how) => {
      const last = () => started.lines.slice(-10).join('\n');
      if (!started.isStopping) this.ended.push(`${part} ended with ${describeEnd(how)}: ${last()}`);
    });
    if (part === 'temporal' || part === 'postgres') await child.ready;
  }

  /** Sends the stop signal. @returns how the part ended. */
  stop(part: Single): Promise<ChildEnd> {
    const started = this.of(part);
    started.isStopping = true;
    return started.child.stop();
  }

  /** Resolves with the first line of a part's output, since its last start, that contains the text. */
  said(part: Single, text: string): Promise<string> {
    const { lines } = this.of(part);
    return until(
      () => lines.find((line) => line.includes(text)),
      15_000,
      () => lines.slice(-10).join('\n'),
    );
  }

  /** The pid of the API, the worker or a service. The child that was launched is `npm run start:...`. */
  async pid(part: Exclude<Single, 'temporal' | 'postgres'>): Promise<number> {
    return (JSON.parse(await this.said(part, '"pid":')) as { pid: number }).pid;
  }

  /** Stops everything and removes the data. */
  async close(): Promise<void> {
    const isLast = (part: Single) => part === 'temporal' || part === 'postgres';
    const all = [...this.started.keys()];
    await Promise.all(all.filter((part) => !isLast(part)).map((part) => this.stop(part)));
    await Promise.all(all.filter(isLast).map((part) => this.stop(part)));
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private of(part: Single): Started {
    const started = this.started.get(part);
    if (!started) throw new Error(`${part} was not started`);
    return started;
  }

  private async programOf(part: Single): Promise<Program> {
    if (part === 'postgres') return this.postgres;
    if (part === 'temporal') {
      return prepareTemporalServer({
        cli: await findTemporalCli(),
        port: this.ports.temporal,
        databaseFile: join(this.dataDir, 'temporal', 'temporal.db'),
      });
    }
    const own: NodeJS.ProcessEnv = { PORT: String(part === 'worker' ? this.ports.api : this.ports[part]) };
    if (part !== 'api' && part !== 'worker') own.DATABASE_URL = this.postgres.url;
    return {
      command: process.execPath,
      args: [join(root, 'dist/tools/local/run-part.js'), part],
      env: { ...this.env, ORDERFLOW_URL: this.url('api'), ...own },
      // It runs as soon as it is started. What it waits for is what the tests look at.
      ready: () => new Promise(() => undefined),
      stopSignal: 'SIGTERM',
      graceMs: 30_000,
    };
  }
}
