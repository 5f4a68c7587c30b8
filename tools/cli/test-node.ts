import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { settings, userEnvironment } from '../../src/config/index.js';
import { cacheDir } from '../local/cache.js';
import { readRunFile } from '../local/run-file.js';
import { CannotRun, command, exit, runCommand, type ExitStatus } from './command.js';

const orders = 'test/fixtures/real-orders-25.csv';
const readyWithinMs = 10 * 60_000;

/** Starts the whole system with another version of Node, imports real orders into it, and stops it. */
async function testNode(version: string): Promise<ExitStatus> {
  if (!/^\d+(\.\d+){0,2}$/.test(version)) {
    throw new CannotRun(`"${version}" is no version of Node; allowed: a number such as 24, or 24.9.0`);
  }
  const bin = await fetchNode(version);
  const dataDir = await mkdtemp(join(tmpdir(), 'orderflow-test-node-'));
  await chmod(dataDir, 0o711); // As root, PostgreSQL runs as another user, which has to reach its own folder.
  const env = environment(bin, dataDir);
  await once(run(['--print', '`Node ${process.version}`'], env), 'exit');
  const system = run(['tools/local/launch.mjs', 'tools/local/main.js'], env, 'ignore');
  try {
    await ready(system, dataDir);
    process.stdout.write('the system is ready; importing\n');
    const [status] = (await once(run(['tools/local/launch.mjs', 'tools/cli/import.js', orders], env), 'exit')) as [
      number | null,
    ];
    process.stdout.write(status === 0 ? `all is right on Node ${version}\n` : `the import ended with ${status}\n`);
    return status === 0 ? exit.right : exit.wrong;
  } finally {
    if (system.exitCode === null && system.signalCode === null) {
      const ended = once(system, 'exit');
      system.kill('SIGTERM');
      await ended;
    }
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** @returns the folder with the `node` of a version, from the package that carries it for this platform. */
async function fetchNode(version: string): Promise<string> {
  const name = `node-${platform()}-${arch()}`;
  const prefix = join(cacheDir(), `node-${version}`);
  await mkdir(prefix, { recursive: true });
  const npm = spawn(
    'npm',
    ['install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', `${name}@${version}`],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const [status] = (await once(npm, 'exit')) as [number | null];
  if (status !== 0) throw new CannotRun(`npm could not install ${name}@${version}; its reason stands above`);
  return join(prefix, 'node_modules', name, 'bin');
}

/** The person's own environment without Orderflow's settings, on free ports, with another `node` first on PATH. */
function environment(bin: string, dataDir: string): NodeJS.ProcessEnv {
  const env = userEnvironment();
  for (const { name } of settings) delete env[name];
  const own = { PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn' };
  return { ...env, ...own, PATH: `${bin}${delimiter}${env.PATH ?? ''}` };
}

function run(args: string[], env: NodeJS.ProcessEnv, stdout: 'ignore' | 'inherit' = 'inherit'): ChildProcess {
  return spawn('node', args, { env, stdio: ['ignore', stdout, 'inherit'] });
}

async function ready(system: ChildProcess, dataDir: string): Promise<void> {
  const latest = Date.now() + readyWithinMs;
  while (readRunFile(dataDir) === undefined) {
    if (system.exitCode !== null || system.signalCode !== null) {
      throw new CannotRun(`the system ended before it was ready, with ${system.exitCode ?? system.signalCode}`);
    }
    if (Date.now() > latest) throw new CannotRun(`the system was not ready within ${readyWithinMs / 60_000} minutes`);
    await delay(200);
  }
}

const program = command(
  'test:node',
  'Starts the system with another version of Node and imports 25 real orders into it.',
  new Command(),
).argument('<VERSION>', 'of Node, such as 24: it is installed from its npm package into the user cache');

await runCommand(program, async () => {
  program.parse();
  return testNode(program.args[0]!);
});
