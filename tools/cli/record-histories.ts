import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Command } from 'commander';
import { userEnvironment } from '../../src/config/index.js';
import { startSystem, type System } from '../local/system.js';
import { connectClient } from '../../src/temporal/connection.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { returnsWorkflowId } from '../../workflows/returns/messages.js';
import { CannotRun, command, exit, runCommand, type ExitStatus } from './command.js';
import { httpTo, type Http } from './http.js';
import { OrderFeed } from './order-feed.js';
import { findSystem, keyOf } from './find-system.js';
import { Driver } from './lives/driver.js';
import { fileOf, folderOf } from './lives/histories.js';
import { lives, type Life } from './lives/index.js';

/** Short deadlines, and free ports and a data folder of its own, so that a running system is not touched. */
const settings = {
  PORT: '0',
  TEMPORAL_PORT: '0',
  TEMPORAL_UI_PORT: '0',
  PAYMENT_DEADLINE: '5s',
  DECISION_DEADLINE: '5s',
  REVIEW_DEADLINE: '5s',
  AUTO_SIGN_AFTER: '5s',
  STEP_RETRY_BUDGET: '2s',
  RETURN_REVIEW_LIMIT: '3000',
};

async function record(names: string[], again: boolean): Promise<ExitStatus> {
  const chosen = choose(names, again);
  if (chosen.length === 0) return exit.right;
  const dataDir = await mkdtemp(join(tmpdir(), 'orderflow-record-'));
  const system = await startSystem({ env: { ...environmentToInherit(), ...settings, DATA_DIR: dataDir } });
  try {
    return await recordOn(system, chosen);
  } finally {
    await system.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
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

/** The environment without settings that point to another system. */
function environmentToInherit(): NodeJS.ProcessEnv {
  const foreign =
    /^(TEMPORAL_|DATABASE_URL$|ORDERFLOW_URL$|API_KEYS$|[A-Z]+_WEBHOOK_SECRET$|SERVICE_TOKEN$|HOST$|[A-Z]+_URL$)/;
  return Object.fromEntries(Object.entries(userEnvironment()).filter(([name]) => !foreign.test(name)));
}

async function recordOn(system: System, chosen: readonly Life[]): Promise<ExitStatus> {
  const { config } = system;
  const found = findSystem(config);
  const http = httpTo(found, 60_000);
  const shop = keyOf(config, 'shop');
  const keys = {
    shop,
    operator: keyOf(config, 'operator').key,
    webhookSecrets: config.webhookSecrets as Record<'payment' | 'carrier', string>,
  };
  const address = system.temporalAddress;
  const client = await connectClient({ temporal: { ...config.temporal, address, connectionOptions: { address } } });
  const feed = await OrderFeed.open(found, http, shop.key, 60_000);
  try {
    // One after the other: a life may stop a service.
    for (const life of chosen) await recordOne(life, system, http, feed, keys, client);
  } finally {
    await feed.close();
    await client.connection.close();
  }
  return exit.right;
}

async function recordOne(
  life: Life,
  system: System,
  http: Http,
  feed: OrderFeed,
  keys: ConstructorParameters<typeof Driver>[3],
  client: Client,
): Promise<void> {
  const { name, play, end, run } = life;
  const order = new Driver(name, http, feed, keys);
  await play(order, {
    outage: (service) => ({
      begin: () => system.stopPart(service),
      end: () => system.startPart(service),
    }),
  });
  const view = await order.untilStatus(end.status);
  if (view.failure?.code !== end.failure) {
    throw new CannotRun(
      `${name} ended ${view.status} (${view.failure?.code}) instead of ${end.status} (${end.failure})`,
    );
  }
  const handle = client.workflow.getHandle((run === 'returns' ? returnsWorkflowId : orderWorkflowId)(order.orderId));
  // The run closes a little after the order has ended. A failed run is fine, too.
  await handle.result().catch(() => undefined);
  const history = JSON.parse(historyToJSON(await handle.fetchHistory())) as { events: unknown[] };
  await mkdir(folderOf(life), { recursive: true });
  await writeFile(fileOf(life), render(withoutMachine(history.events) as object[]));
  process.stdout.write(`${name}: ${history.events.length} events\n`);
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
