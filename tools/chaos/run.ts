import { setMaxListeners } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { developmentWebhookSecret, serviceNames, type ServiceName } from '../../src/config/index.js';
import type { Finding } from '../check/finding.js';
import type { View } from '../check/observation.js';
import { CannotRun, exit, type ExitStatus } from '../cli/command.js';
import { readGivenLog, requireFolderOf } from '../cli/given-files.js';
import { httpTo, type Exchange } from '../cli/http.js';
import { OrderFeed } from '../cli/order-feed.js';
import { showElapsed } from '../progress.js';
import { within } from '../within.js';
import { CallFaults } from './call-faults.js';
import { prepareDisk, readStock } from './disk.js';
import { judge } from './judge.js';
import { callKinds, Fired, webhookKinds, type FaultKind } from './kinds.js';
import { Nemesis } from './nemesis.js';
import { Life, type Surroundings } from './people/life.js';
import { live, planLives, stockLives, type PlannedLife } from './people/lives.js';
import { mismatchOf } from './people/real.js';
import { Recorder } from './people/record.js';
import { outcomeOf, renderOutcome, statusOf, type Outcome } from './report.js';
import { OutageWatch } from './outages.js';
import { ChaosSystem, shopKey } from './system.js';

export interface ChaosOptions {
  orders: number;
  minutes: number;
  seed: number;
  kinds: readonly FaultKind[];
  /** How often each kind has to fire. */
  least: number;
  /** The path of an order log. */
  log: string;
  json?: string;
  /** Keeps the folder of the run also when everything is right. */
  keep: boolean;
}

/** How many orders are under way at most. Some wait half a minute for somebody, so this is no bound on a usual run. */
const atOnce = 150;
/** How long an unanswered request is repeated, on top of the time that the faults last. */
const patienceMs = 240_000;
/** How long the faults of calls and webhooks go on when one of them has fired less often than so: outages leave few calls to meet. */
const moreWithinMs = 60_000;
const rather = 3;
/** When the faults have stopped, and for so long no order has come to its end, those that are left are stuck. */
const stuckAfterMs = 180_000;
const moreKinds = [...callKinds, ...webhookKinds];
const secrets = { payment: developmentWebhookSecret, carrier: developmentWebhookSecret };

/** Plays orders on a system under faults, lets it settle, and judges what is left. */
export async function chaos(options: ChaosOptions): Promise<ExitStatus> {
  const { seed, orders, log, json } = options;
  const planned = planLives(seed, orders, await readGivenLog(log), basename(log));
  if (json !== undefined) await requireFolderOf(json);
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-chaos-'));
  // As root, PostgreSQL runs as another user, who has to reach its data.
  await chmod(folder, 0o755);
  const stopped = new AbortController();
  // Every order and every call listens to it.
  setMaxListeners(0, stopped.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort());
  const keep = () => process.stdout.write(`\nlogs and data: ${folder}\n`);
  const remove = () => rm(folder, { recursive: true, force: true });
  let outcome: Outcome;
  try {
    outcome = await play(folder, planned, options, stopped.signal);
  } catch (error) {
    if (!stopped.signal.aborted) {
      keep();
      throw error;
    }
    await remove();
    throw new CannotRun('it was stopped before the first order');
  }
  if (json !== undefined) await writeFile(json, `${JSON.stringify(outcome, null, 2)}\n`);
  process.stdout.write(renderOutcome(outcome));
  const status = statusOf(outcome);
  if (options.keep || (status === exit.wrong && !outcome.isStopped)) keep();
  else await remove();
  return status;
}

async function play(
  folder: string,
  planned: readonly PlannedLife[],
  options: ChaosOptions,
  stopped: AbortSignal,
): Promise<Outcome> {
  const { seed, orders, minutes, least } = options;
  const begun = Date.now();
  const fired = new Fired(options.kinds);
  const callFaults = new CallFaults(seed, fired);
  const problems: string[] = [];
  const recorder = new Recorder();
  const progress = showElapsed(`chaos, seed ${seed}`);
  const over = new Set<Life>();
  const show = (what: string) => progress.update(`${over.size}/${orders} orders, ${fired.total} faults, ${what}`);
  show('starting');
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const system = await ChaosSystem.start(folder, (call) => callFaults.of(call), stopped);
    closers.push(() => system.close());
    const watch = new OutageWatch(system);
    closers.push(() => Promise.resolve(watch.end()));
    const heard = (exchange: Exchange) => recorder.heard(exchange);
    const givenUp = new AbortController();
    const peopleStop = AbortSignal.any([stopped, givenUp.signal]);
    setMaxListeners(0, peopleStop);
    const http = httpTo(system.found, minutes * 60_000 + patienceMs, { heard, signal: peopleStop });
    const initialStock = await prepare(system, () => stockLives(http, planned));
    const feed = await openFeed(system, http);
    closers.push(() => feed.close());
    const faulty = () => callFaults.active;
    const world: Surroundings = { seed, http, feed, fired, secrets, faulty, wrong: (what) => problems.push(what) };
    const lives = planned.map(({ reference, way }) => new Life(reference, way, world));
    const forMs = minutes * 60_000;
    const nemesis = new Nemesis({ seed, fired, system, forMs, rounds: least, signal: stopped, told: show });
    closers.push(() => nemesis.end());

    callFaults.active = true;
    const played = live(lives, forMs * 0.9, atOnce, peopleStop, async (life) => {
      try {
        await life.live();
        over.add(life);
        show('');
      } catch (error) {
        if (!peopleStop.aborted) problems.push(`${nameOf(life)}: ${(error as Error).message}`);
      }
    });
    const unlessStopped = <T>(done: Promise<T>) => Promise.race([done, aborted(stopped)]);
    await unlessStopped(nemesis.run());
    for (
      const until = Date.now() + moreWithinMs;
      fired.tooSeldom(Math.max(least, rather), moreKinds).length > 0 && Date.now() < until;
    ) {
      await unlessStopped(sleep(500));
      if (stopped.aborted || over.size === lives.length) break;
    }
    callFaults.active = false;
    await nemesis.end();
    const faultsEndedAt = Date.now();

    show('settling');
    await unlessStopped(system.untilReady());
    let ended: number;
    do {
      ended = over.size;
      await within(stuckAfterMs, unlessStopped(played), () => new Error('late')).catch(() => undefined);
    } while (!stopped.aborted && ended < over.size && over.size < lives.length);
    const settledMs = Date.now() - faultsEndedAt;
    // The checker needs a system that nobody changes any more.
    givenUp.abort();
    if (!stopped.aborted) problems.push(...unfinished(lives, over), ...astray(planned, lives));

    const findings: Finding[] = [];
    const shownAtLast = new Map<string, View | null>();
    if (!stopped.aborted) {
      show('judging');
      const lastAt = Math.max(faultsEndedAt, recorder.lastAskedAt);
      const judged = await unlessStopped(
        judge(system, { answers: recorder.answers, outages: watch.outages, initialStock, lastAt }),
      );
      if (judged) {
        findings.push(...judged.findings);
        for (const { orderId, view } of judged.observation.book ?? []) shownAtLast.set(orderId, view);
        await writeFile(join(folder, 'observation.json'), JSON.stringify(judged.observation));
      }
    }
    const isStopped = stopped.aborted;
    return outcomeOf({
      options,
      fired,
      callFaults,
      // Something can happen to an order after its people have left it.
      lives: lives.map(({ way, orderId, view }) => ({ way, view: shownAtLast.get(orderId) ?? view })),
      problems,
      findings,
      begun,
      faultsEndedAt,
      settledMs,
      isStopped,
    });
  } finally {
    show('stopping');
    for (const close of closers.reverse()) await close().catch((error: unknown) => problems.push(String(error)));
    progress.stop();
  }
}

/** @returns what is in stock before the first order, by `sku/warehouse`. */
async function prepare(system: ChaosSystem, stock: () => Promise<void>): Promise<Map<string, number>> {
  await stock();
  const urlOf = (service: ServiceName) => {
    const url = system.databaseUrl(service);
    if (url === undefined) throw new Error('the system has ended already');
    return url;
  };
  for (const service of serviceNames) await prepareDisk(urlOf(service));
  return readStock(urlOf('inventory'));
}

/** It gives up on no order: the run decides how long it lasts. It says nothing of streams that break. */
function openFeed(system: ChaosSystem, http: Surroundings['http']): Promise<OrderFeed> {
  return OrderFeed.open(system.found, http, shopKey, 86_400_000, { open: 2000, broken: 700 }, () => undefined);
}

function nameOf({ reference, orderId, way }: Life): string {
  return `${reference} (${way.name}), ${orderId}`;
}

function unfinished(lives: readonly Life[], over: ReadonlySet<Life>): string[] {
  const left = lives.filter((life) => !over.has(life));
  return left.map((life) => `${nameOf(life)}: it is on its way, ${life.view?.status ?? 'nobody has seen it'}`);
}

/** The orders of the log that are not where the log says. */
function astray(planned: readonly PlannedLife[], lives: readonly Life[]): string[] {
  return planned.flatMap(({ plan }, index) => {
    const life = lives[index] as Life;
    const mismatch = plan && mismatchOf(plan, life.view);
    return mismatch === undefined ? [] : `${nameOf(life)}: ${mismatch}`;
  });
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}
