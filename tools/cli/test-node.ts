import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { execa, type Subprocess } from 'execa';
import { settings, userEnvironment } from '../../src/config/index.js';
import { cacheDir } from '../local/cache.js';
import { readRunFile } from '../local/run-file.js';
import { CannotRun, command, exit, runCommand, type ExitStatus } from './command.js';

const orders = 'test/fixtures/real-orders-25.csv';
const readyWithinMs = 10 * 60_000;

/** Starts the whole system with another version of Node, imports real orders into it, and stops it. */
async function testNode(version: string): Promise<ExitStatus> {
  if (!/^\d+(\.\d+){0,2}$/.test(version)) {
    throw new CannotRun(`"${version}" is not a version of Node; allowed: a number such as 24, or 24.9.0`);
  }
  const bin = await fetchNode(version);
  const dataDir = await mkdtemp(join(tmpdir(), 'orderflow-test-node-'));
  await chmod(dataDir, 0o711); // As root, PostgreSQL runs as another user, which has to reach its own folder.
  const options = { env: environment(bin, dataDir), extendEnv: false, stderr: 'inherit', reject: false } as const;
  const node = (...args: string[]) => execa('node', args, { ...options, stdin: 'ignore', stdout: 'inherit' });
  await node('--print', '`Node ${process.version}`');
  // A system takes its time to stop in order.
  const quiet = { stdin: 'ignore', stdout: 'ignore', forceKillAfterDelay: false } as const;
  const system = execa('node', ['tools/local/launch.mjs', 'tools/local/main.js'], { ...options, ...quiet });
  try {
    await waitUntilReady(system, dataDir);
    process.stdout.write('the system is ready; importing\n');
    const { exitCode } = await node('tools/local/launch.mjs', 'tools/cli/import.js', orders);
    process.stdout.write(
      exitCode === 0 ? `Node ${version} runs everything\n` : `the import ended with status ${exitCode}\n`,
    );
    return exitCode === 0 ? exit.right : exit.wrong;
  } finally {
    system.kill('SIGTERM');
    await system;
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** @returns the folder with the `node` of a version, from the package that carries it for this platform. */
async function fetchNode(version: string): Promise<string> {
  const name = `node-${platform()}-${arch()}`;
  const prefix = join(cacheDir(), `node-${version}`);
  await mkdir(prefix, { recursive: true });
  const args = ['install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', `${name}@${version}`];
  const { failed } = await execa('npm', args, { stdio: ['ignore', 'ignore', 'inherit'], reject: false });
  if (failed) throw new CannotRun(`npm could not install ${name}@${version}; see its message above`);
  return join(prefix, 'node_modules', name, 'bin');
}

/** The person's own environment without Orderflow's settings, on free ports, with another `node` first on PATH. */
function environment(bin: string, dataDir: string): NodeJS.ProcessEnv {
  const env = userEnvironment();
  for (const { name } of settings) delete env[name];
  const own = { PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn' };
  return { ...env, ...own, PATH: `${bin}${delimiter}${env.PATH ?? ''}` };
}

async function waitUntilReady(system: Pick<Subprocess, 'exitCode' | 'signalCode'>, dataDir: string): Promise<void> {
  const latest = Date.now() + readyWithinMs;
  while (readRunFile(dataDir) === undefined) {
    const { exitCode, signalCode } = system;
    if (exitCode !== null || signalCode !== null) {
      throw new CannotRun(`the system ended before it was ready, with ${exitCode ?? signalCode}`);
    }
    if (Date.now() > latest) throw new CannotRun(`the system was not ready within ${readyWithinMs / 60_000} minutes`);
    await sleep(200);
  }
}

const program = command(
  'test:node',
  'Starts the system with another version of Node and imports 25 real orders into it.',
  new Command(),
).argument(
  '<VERSION>',
  'a version of Node, such as 24; it is installed from its npm package into the cache of this user',
);

await runCommand(program, async () => {
  program.parse();
  return testNode(program.args[0]!);
});
