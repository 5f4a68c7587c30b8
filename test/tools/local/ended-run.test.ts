import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { userEnvironment } from '../../../src/config/index.js';
import { ensureBuilt, root } from '../../../tools/local/build.mjs';
import { identify } from '../../../tools/local/pid-identity.js';
import { until } from '../../support/until.js';

let dir: string;
beforeAll(() => ensureBuilt());
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ended-run-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

// SIGKILL stands for a crash: the run itself cannot clean up.
it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
  'a test run that ends by %s leaves nothing running and no files',
  async (signal) => {
    const file = join(dir, 'pids.json');
    const run = spawn(
      process.execPath,
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/tools/local/ended-run/vitest.config.ts'],
      { cwd: root, env: { ...userEnvironment(), SAYS_PIDS_TO: file }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const ended = once(run, 'exit');
    let output = '';
    for (const stream of [run.stdout, run.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
    const { pids, folder } = await until(() => {
      if (run.exitCode !== null) throw new Error(`the run ended by itself:\n${output}`);
      return JSON.parse(readFileSync(file, 'utf8')) as { pids: Record<string, number>; folder: string };
    }, 120_000);
    const running = (): string[] => Object.keys(pids).filter((name) => identify(pids[name]!) !== undefined);
    expect(running()).toEqual(['worker', 'postgresOfTheRun', 'temporal', 'postgres', 'orders']);

    run.kill(signal);
    await ended;
    await until(() => {
      if (running().length > 0) throw new Error(`running: ${running().join(', ')}`);
      return !existsSync(folder);
    });
  },
  180_000,
);
