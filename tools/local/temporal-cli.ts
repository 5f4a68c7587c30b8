import { execFile } from 'node:child_process';
import { access, chmod, constants, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { userEnvironment } from '../../src/config/index.js';
import { cacheDir } from './cache.js';
import { withLock } from './lock.js';
import { showProgress } from './progress.js';
import { readLines } from './read-lines.js';

const run = promisify(execFile);

/** The newest one that `go install` accepts: later ones have replace directives in their go.mod. */
const version = '1.5.1';
const module = `github.com/temporalio/cli/cmd/temporal@v${version}`;
const downloadTimeoutMs = 120_000;

/**
 * Finds the command `temporal`, whose `server start-dev` is the local server: on PATH, in the user's cache, from the SDK's
 * download, or built from its source by Go (2 to 5 minutes, once).
 *
 * @returns its path.
 * @throws {Error} that says what was tried and what a person can do.
 */
export async function findTemporalCli(): Promise<string> {
  const cached = join(cacheDir(), `temporal-cli-${version}`, 'temporal');
  const there = (await onPath('temporal')) ?? (await isExecutable(cached));
  if (there) return there;
  const waiting = () => process.stderr.write('Another process is fetching the Temporal server; waiting for it.\n');
  return withLock(`${cached}.lock`, waiting, async () => {
    const meanwhile = await isExecutable(cached);
    if (meanwhile) return meanwhile;
    const problems: string[] = [];
    for (const get of [download, build]) {
      try {
        await get(cached);
        return cached;
      } catch (error) {
        problems.push((error as Error).message);
      }
    }
    throw new Error(
      `No Temporal server: the command \`temporal\` is not on PATH, and\n  ${problems.join('\n  ')}\n` +
        'Install it (https://docs.temporal.io/cli), or Go, or set TEMPORAL_ADDRESS to a server that runs.',
    );
  });
}

/** The SDK downloads the command when it starts a server from it, so one is started for a moment. */
async function download(target: string): Promise<void> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  await downloadBySdk('the Temporal server', target, (downloadDir) =>
    TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'cached-download', downloadDir } } }),
  );
}

/**
 * Runs a start that makes the SDK download its executable into a folder, and keeps the executable.
 *
 * @throws {Error} when it fails, or takes longer than two minutes.
 */
export async function downloadBySdk(
  what: string,
  target: string,
  start: (downloadDir: string) => Promise<{ teardown: () => Promise<void> }>,
): Promise<void> {
  await mkdir(cacheDir(), { recursive: true });
  const dir = await mkdtemp(join(cacheDir(), 'download-'));
  const progress = showProgress(`Downloading ${what} (once)`);
  let timer: NodeJS.Timeout | undefined;
  try {
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${downloadTimeoutMs / 1000} s`)), downloadTimeoutMs);
    });
    const server = await Promise.race([start(dir), timeout]);
    await server.teardown();
    const [file] = await readdir(dir);
    if (!file) throw new Error('nothing was downloaded');
    await copyFile(join(dir, file), `${target}.part`);
    await chmod(`${target}.part`, 0o755);
    await rename(`${target}.part`, target);
  } catch (cause) {
    throw new Error(`the SDK's download of ${what} failed: ${firstLine((cause as Error).message)}`, { cause });
  } finally {
    clearTimeout(timer);
    progress.done();
    await rm(dir, { recursive: true, force: true });
  }
}

async function build(target: string): Promise<void> {
  const go = await onPath('go');
  if (!go) throw new Error('it cannot be built, as Go is not on PATH');
  const bin = await mkdtemp(`${target}-build-`);
  const progress = showProgress('Building the Temporal server from source (once, 2 to 5 minutes)');
  let downloaded = 0;
  let compiled = 0;
  try {
    await readLines(go, ['install', '-v', module], { ...userEnvironment(), GOBIN: bin }, (line) => {
      if (line.startsWith('go: ')) downloaded += 1;
      else compiled += 1;
      progress.update(`${downloaded} modules fetched, ${compiled} packages compiled`);
    });
    await rename(join(bin, 'temporal'), target);
  } catch (cause) {
    throw new Error(`\`go install ${module}\` failed: ${(cause as Error).message}`, { cause });
  } finally {
    progress.done();
    await rm(bin, { recursive: true, force: true });
  }
}

/** @returns the path of a command that stands on PATH and, for `temporal`, is the one that has a server inside. */
export async function onPath(command: string): Promise<string | undefined> {
  for (const folder of (userEnvironment().PATH ?? '').split(delimiter)) {
    const file = folder && (await isExecutable(join(folder, command)));
    if (!file) continue;
    if (command !== 'temporal' || (await hasServer(file))) return file;
  }
  return undefined;
}

async function hasServer(file: string): Promise<boolean> {
  try {
    const { stdout } = await run(file, ['--version'], { timeout: 10_000 });
    return stdout.includes('Server');
  } catch {
    return false; // Another program of this name, or one for another machine.
  }
}

export async function isExecutable(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.X_OK);
    return file;
  } catch {
    return undefined;
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
