import { setMaxListeners } from 'node:events';
import { mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { developmentWebhookSecret, serviceNames } from '../../src/config/index.js';
import { check } from '../check/check.js';
import { exit, type ExitStatus } from '../cli/command.js';
import { httpTo } from '../cli/http.js';
import { OrderFeed } from '../cli/order-feed.js';
import { showElapsed } from '../progress.js';
import { within } from '../within.js';
import { CallFaults } from './call-faults.js';
import { prepareDisk, readStock } from './disk.js';
import { Fired, type FaultKind } from './kinds.js';
import { Nemesis } from './nemesis.js';
import { Life } from './people/life.js';
import { live, planLives, stockLives } from './people/lives.js';
import { mismatchOf } from './people/real.js';
import { Recorder } from './people/record.js';
import { outcomeOf, statusOf, renderOutcome, type Outcome } from './report.js';
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

const atOnce = 60;
/** What is not answered is sent again for so long. */
const patienceMs = 240_000;
/** How long the system gets to settle after the faults have stopped. */
const settleWithinMs = 180_000;

/** Plays orders on a system under faults, lets it settle, and judges what is left. */
export async function chaos(options: ChaosOptions): Promise<ExitStatus> {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-chaos-'));
  // As root, PostgreSQL runs as another user, who has to reach its data.
  await chmod(folder, 0o755);
  const stopped = new AbortController();
  // Every order that has not begun listens to it.
  setMaxListeners(0, stopped.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopped.abort());
  const outcome = await play(folder, options, stopped.signal);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(outcome, null, 2)}\n`);
  process.stdout.write(renderOutcome(outcome));
  const status = statusOf(outcome);
  if (status === exit.right && !options.keep) await rm(folder, { recursive: true, force: true });
  else process.stdout.write(`\nlogs and data: ${folder}\n`);
  return status;
}

async function play(folder: string, options: ChaosOptions, stopped: AbortSignal): Promise<Outcome> {
  const { seed, orders, minutes, least, log } = options;
  const begun = Date.now();
  const fired = new Fired(options.kinds);
  const callFaults = new CallFaults(seed, fired);
  const lives = planLives(seed, orders, log);
  const problems: string[] = [];
  const recorder = new Recorder();
  const progress = showElapsed(`chaos, seed ${seed}`);
  let ended = 0;
  const show = (what: string) => progress.update(`${ended}/${orders} orders, ${fired.total} faults, ${what}`);
  show('starting');
  const system = await ChaosSystem.start(folder, (call) => callFaults.of(call));
  const closers: (() => Promise<unknown>)[] = [() => system.close()];
  try {
    const http = httpTo(system.found, patienceMs, (exchange) => recorder.heard(exchange));
    await stockLives(http, lives);
    for (const service of serviceNames) await prepareDisk(system.postgresUrl!, service);
    const initialStock = await readStock(system.postgresUrl!);
    const feed = await OrderFeed.open(
      system.found,
      http,
      shopKey,
      3_600_000,
      { open: 2000, broken: 700 },
      () => undefined,
    );
    closers.push(() => feed.close());
    const faults = new AbortController();
    const secrets = { payment: developmentWebhookSecret, carrier: developmentWebhookSecret };
    const world = {
      seed,
      http,
      feed,
      fired,
      secrets,
      faulty: () => callFaults.active,
      wrong: (what: string) => problems.push(what),
    };
    const all = lives.map(({ reference, way }) => new Life(reference, way, world));
    const over = new Set<Life>();
    const nemesis = new Nemesis({
      seed,
      fired,
      system,
      forMs: minutes * 60_000,
      rounds: least,
      signal: AbortSignal.any([faults.signal, stopped]),
      told: show,
    });
    closers.push(() => nemesis.end());
    callFaults.active = true;
    const played = live(all, minutes * 60_000 * 0.9, atOnce, stopped, async (life) => {
      try {
        await life.live();
        over.add(life);
        ended += 1;
        show('');
      } catch (error) {
        if (!stopped.aborted) problems.push(`${life.reference} (${life.way.name}): ${(error as Error).message}`);
      }
    });
    await Promise.race([nemesis.run(), aborted(stopped)]);
    callFaults.active = false;
    await nemesis.end();
    const faultsEndedAt = Date.now();
    if (!stopped.aborted) {
      await system.untilReady();
      show('settling');
      await Promise.race([
        within(settleWithinMs, played, () => new Error('late')).catch(() => undefined),
        aborted(stopped),
      ]);
    }
    const settledMs = Date.now() - faultsEndedAt;
    for (const life of all) {
      if (over.has(life)) continue;
      const { view } = life;
      problems.push(
        `${life.reference} (${life.way.name}) ${life.orderId} is ${view?.status ?? 'not there'} ${settledMs / 1000} s after the faults`,
      );
    }
    for (const [index, { plan, reference }] of lives.entries()) {
      const mismatch = plan && mismatchOf(plan, all[index]!.view);
      if (mismatch !== undefined) problems.push(`the order ${reference} of the log: ${mismatch}`);
    }
    const at = Date.now();
    const settledForMs = at - Math.max(faultsEndedAt, recorder.lastAskedAt);
    const findings = check({ at, settledForMs, answers: recorder.answers });
    await writeFile(join(folder, 'answers.json'), JSON.stringify({ answers: recorder.answers, initialStock }));
    return outcomeOf({
      findings,
      options,
      fired,
      callFaults,
      lives: all,
      problems,
      begun,
      faultsEndedAt,
      settledMs,
      isStopped: stopped.aborted,
    });
  } finally {
    show('stopping');
    for (const close of closers.reverse()) await close().catch((error: unknown) => problems.push(String(error)));
    progress.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
