import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig, serviceNames, userEnvironment } from '../src/config/index.js';
import { CannotRun } from '../tools/cli/command.js';
import { findSystem, type FoundSystem } from '../tools/cli/find-system.js';
import { environmentFor } from '../tools/local/environment.js';
import { readyByMessage } from '../tools/local/readiness.js';
import { readRunFile, type PartName } from '../tools/local/run-file.js';
import { say } from './progress.js';
import type { Session } from './session.js';

/** The root of this checkout. This file runs from dist/bench. */
export const thisCheckout = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../..' : '..', import.meta.url),
);

/** The parts whose use of CPU is measured. The five services count as one. */
export const measuredParts = ['temporal', 'postgres', 'worker', 'api', 'services'] as const;
export type MeasuredPart = (typeof measuredParts)[number];

export interface ShopKey {
  shopId: string;
  key: string;
}

/** Two shops, so that one can flood the other. */
export const shops = {
  first: { shopId: 'first', key: 'bench-first-shop' },
  second: { shopId: 'second', key: 'bench-second-shop' },
} as const satisfies Record<string, ShopKey>;
const operatorKey = 'bench-operator';
const apiKeys = [
  ...Object.values(shops).map(({ key, shopId }) => `${key}:${shopId}:shop`),
  `${operatorKey}:*:operator`,
].join(',');

/** A started checkout: everything that its own `npm start` runs, on free ports and a data folder of its own. */
export interface Checkout {
  name: string;
  system: FoundSystem;
  webhookSecrets: Record<'payment' | 'carrier', string>;
  temporalAddress: string;
  pids: (part: MeasuredPart) => number[];
  pidOf: (part: PartName) => number;
}

/**
 * Starts the compiled system of a checkout as its own `npm start` does. So the settings of its Temporal server and its PostgreSQL are its own
 * too: they belong to a version as its code does.
 *
 * @param settings environment variables on top of those that the bench needs.
 * @throws {CannotRun} when the folder has no compiled system.
 * @throws {StartError} when the system does not start.
 */
export async function startCheckout(
  session: Session,
  name: string,
  folder: string,
  settings: NodeJS.ProcessEnv,
): Promise<Checkout> {
  const root = resolve(folder);
  const main = join(root, 'dist/tools/local/main.js');
  if (!existsSync(main)) {
    throw new CannotRun(`${root} has no compiled system: run \`npm ci && npm run build\` there`);
  }
  say(`starting ${name}: ${root}`);
  const dataDir = session.folder();
  const env = {
    ...environmentFor(userEnvironment()),
    PORT: '0',
    TEMPORAL_PORT: '0',
    TEMPORAL_UI_PORT: '0',
    DATA_DIR: dataDir,
    API_KEYS: apiKeys,
    // A program that npm started stops when its parent is gone, so nothing is left if the bench is killed.
    npm_lifecycle_event: 'bench',
    ...settings,
  };
  await session.launch(name, {
    command: process.execPath,
    args: ['--enable-source-maps', main],
    env,
    cwd: root,
    ipc: true,
    ready: readyByMessage,
    stopSignal: 'SIGTERM',
    graceMs: 60_000,
  });
  const config = loadConfig(env, ['PAYMENT_WEBHOOK_SECRET', 'CARRIER_WEBHOOK_SECRET']);
  const parts = () => readRunFile(dataDir)!.parts;
  const pidsOf = (names: readonly PartName[]) => names.flatMap((part) => parts()[part]?.pid ?? []);
  return {
    name,
    system: findSystem(config),
    webhookSecrets: config.webhookSecrets,
    temporalAddress: settings.TEMPORAL_ADDRESS ?? parts().temporal!.address!,
    pids: (part) => pidsOf(part === 'services' ? serviceNames : [part]),
    pidOf: (part) => pidsOf([part])[0]!,
  };
}
