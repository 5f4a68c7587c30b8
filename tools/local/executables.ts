import { access, chmod, constants, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { userEnvironment } from '../../src/config/index.js';
import { showElapsed } from '../progress.js';
import { cacheDir } from './cache.js';
import { withLock } from './lock.js';

const downloadTimeoutMs = 120_000;

/** @returns the file if it can be executed. */
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
 * @param isRight tells the command from another one with the same name.
 * @returns its path.
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
 * Puts an executable into the cache by the first way that works. If several programs ask at once, one gets it and the others wait.
 *
 * @param name for messages: `the Temporal server`.
 * @param ways each makes the file, or throws an error that says why it could not.
 * @returns the file.
 * @throws {Error} that lists what was tried.
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
 * Takes an executable from the SDK, which downloads it when it starts a server from it. So a server is started for a moment.
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
 * Runs a command that takes minutes, and hands on each line of its output as it comes.
 *
 * @throws {Error} with the last lines when it ends with another status than 0.
 */
export async function runLongCommand(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): Promise<void> {
  // Loaded only where it is needed: it takes longer than all else that `npm start` loads.
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
