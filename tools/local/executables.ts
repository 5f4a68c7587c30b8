import { access, chmod, constants, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { userEnvironment } from '../../src/config/index.js';
import { showElapsed } from '../progress.js';
import { cacheDir } from './cache.js';
import { withLock } from './lock.js';

const downloadTimeoutMs = 120_000;

/** @returns the file if it is executable, else undefined. */
export async function executable(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.X_OK);
    return file;
  } catch {
    return undefined;
  }
}

/**
 * Finds a command on PATH.
 *
 * @param isRight checks that a file is the wanted command and not another one with the same name.
 * @returns the path of the first match, or undefined.
 */
export async function onPath(
  command: string,
  isRight: (file: string) => Promise<boolean> = () => Promise.resolve(true),
): Promise<string | undefined> {
  for (const folder of (userEnvironment().PATH ?? '').split(delimiter)) {
    const file = folder && (await executable(join(folder, command)));
    if (file && (await isRight(file))) return file;
  }
  return undefined;
}

/**
 * Puts an executable into the cache and tries the given ways in order. If several programs ask at once, one fetches it and the others
 * wait.
 *
 * @param name used in messages, for example `the Temporal server`.
 * @param ways each one creates the file or throws an error with the reason.
 * @returns the file.
 * @throws {Error} with the reason of each failed way.
 */
export async function fetchOnce(
  file: string,
  name: string,
  ways: ((file: string) => Promise<void>)[],
): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  const waiting = () => process.stderr.write(`Another program is fetching ${name}; waiting for it.\n`);
  return withLock(`${file}.lock`, waiting, async () => {
    const problems: string[] = [];
    for (const way of (await executable(file)) ? [] : ways) {
      try {
        await way(file);
        return file;
      } catch (error) {
        problems.push((error as Error).message);
      }
    }
    if (problems.length) throw new Error(problems.join('\n  '));
    return file;
  });
}

/**
 * Gets an executable through the SDK. The SDK downloads it only when it starts a server, so this starts a server and stops it again.
 *
 * @throws {Error} when the download fails, or takes longer than two minutes.
 */
export async function downloadBySdk(
  name: string,
  file: string,
  startServer: (downloadDir: string) => Promise<{ teardown: () => Promise<void> }>,
): Promise<void> {
  const dir = await mkdtemp(join(cacheDir(), 'download-'));
  const progress = showElapsed(`Downloading ${name} (once)`);
  let timer: NodeJS.Timeout | undefined;
  try {
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${downloadTimeoutMs / 1000} s`)), downloadTimeoutMs);
    });
    const server = await Promise.race([startServer(dir), timeout]);
    await server.teardown();
    const [downloaded] = await readdir(dir);
    if (!downloaded) throw new Error('nothing was downloaded');
    await copyFile(join(dir, downloaded), `${file}.part`);
    await chmod(`${file}.part`, 0o755);
    await rename(`${file}.part`, file);
  } catch (cause) {
    const [firstLine] = (cause as Error).message.split('\n');
    throw new Error(`the SDK's download of ${name} failed: ${firstLine}`, { cause });
  } finally {
    clearTimeout(timer);
    progress.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * Runs a command that takes minutes, and passes on each line of its output.
 *
 * @throws {Error} with the last lines of output when the command fails.
 */
export async function runLongCommand(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): Promise<void> {
  // Imported here because it loads slowly: slower than everything else that `npm start` loads.
  const { execa } = await import('execa');
  const tail: string[] = [];
  const child = execa(command, args, {
    env,
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
  });
  for await (const line of child.iterable({ from: 'all' })) {
    tail.push(line);
    if (tail.length > 8) tail.shift();
    onLine(line);
  }
  const { failed, shortMessage } = await child;
  if (failed) throw new Error(`${shortMessage}\n    ${tail.join('\n    ')}`);
}
