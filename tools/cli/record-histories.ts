import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Command } from 'commander';
import pMap from 'p-map';
import { within } from '../within.js';
import { CannotRun, command, exit, runCommand, type ExitStatus } from './command.js';
import { Driver } from './lives/driver.js';
import { fileOf, folderOf } from './lives/histories.js';
import { lives, type Life } from './lives/index.js';
import { openStage, type Stage } from './lives/stage.js';

/** More would make calls slow, and a slow call leaves another history. */
const atOnce = 8;

/** A life that waits for a call which never comes would hold up the others without end. */
const lifeWithinMs = 180_000;

const inTime = <T>(done: Promise<T>): Promise<T> =>
  within(lifeWithinMs, done, () => new CannotRun(`it has not ended within ${lifeWithinMs / 1000} s`));

async function record(names: string[], again: boolean): Promise<ExitStatus> {
  const chosen = choose(names, again);
  if (chosen.length === 0) return exit.right;
  const stage = await openStage();
  const stop = () => void stage.close().finally(() => process.exit(exit.couldNotRun));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const failed: string[] = [];
  const recordOne = async (life: Life) => {
    try {
      await recordLife(life, stage);
    } catch (error) {
      failed.push(life.name);
      process.stderr.write(`${life.name}: ${(error as Error).stack}\n`);
    }
  };
  try {
    const shared = chosen.filter(({ alone }) => !alone);
    await pMap(shared, recordOne, { concurrency: atOnce });
    for (const life of chosen.filter(({ alone }) => alone)) await recordOne(life);
  } finally {
    await stage.close();
  }
  if (failed.length === 0) return exit.right;
  process.stderr.write(`not recorded: ${failed.join(', ')}\n`);
  return exit.wrong;
}

/** The named lives, or all. Those that have a history are left out, or recorded again. */
function choose(names: string[], again: boolean): Life[] {
  const unknown = names.filter((name) => !lives.some((life) => life.name === name));
  if (unknown.length) {
    throw new CannotRun(`no life ${unknown.join(', ')}; there are: ${lives.map(({ name }) => name).join(', ')}`);
  }
  const meant = lives.filter(({ name }) => names.length === 0 || names.includes(name));
  const kept = again ? [] : meant.filter((life) => existsSync(fileOf(life)));
  if (kept.length > 0) {
    const reason = `histories are only added: ${kept.map(fileOf).join(', ')} stay as they are; --again replaces them`;
    if (names.length > 0) throw new CannotRun(reason);
    process.stdout.write(`${reason}\n`);
  }
  return meant.filter((life) => !kept.includes(life));
}

async function recordLife(life: Life, stage: Stage): Promise<void> {
  const { name, play, end, run } = life;
  const order = new Driver(name, stage);
  await inTime(play(order));
  const view = await order.untilStatus(end.status);
  if (view.failure?.code !== end.failure) {
    throw new CannotRun(`it is ${view.status} (${view.failure?.code}) instead of ${end.status} (${end.failure})`);
  }
  const newest = order.handle(run);
  // The run closes a little after the order has ended. A failed run is fine, too.
  if (!end.open) await inTime(Promise.allSettled([newest.result()]));
  const handle = life.isFirstRun ? await order.firstRun(run) : newest;
  const events = await atRest(async () => {
    const { events } = JSON.parse(historyToJSON(await handle.fetchHistory())) as { events: RecordedEvent[] };
    return events;
  });
  await mkdir(folderOf(life), { recursive: true });
  await writeFile(fileOf(life), render(withoutMachine(events) as object[]));
  process.stdout.write(`${name}: ${events.length} events\n`);
}

interface RecordedEvent {
  eventType: string;
}

/** The history of an open run, when no workflow task is under way. */
async function atRest(fetch: () => Promise<RecordedEvent[]>): Promise<RecordedEvent[]> {
  for (;;) {
    const events = await fetch();
    if (!/WORKFLOW_TASK_(SCHEDULED|STARTED)$/.test(events.at(-1)!.eventType)) return events;
  }
}

/** One line an event: a fifth smaller than indented JSON, and a difference still names the event. */
function render(events: readonly object[]): string {
  return `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
}

/** The machine's name, process ids and folders. They do not belong in a repository, and a replay does not need them. */
const machineFields: Record<string, string> = { identity: 'recorded', stackTrace: '' };

function withoutMachine(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMachine);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, machineFields[key] ?? withoutMachine(each)]),
  );
}

const program = command(
  'replay:record',
  'Records the histories of the lives for `npm run replay`, on a system of its own.',
  new Command(),
)
  .argument('[LIFE...]', 'record only these (default: all that have no history)')
  .option('--again', 'replace histories that exist');

await runCommand(program, async () => {
  program.parse();
  return record(program.args, program.opts<{ again?: boolean }>().again === true);
});
