import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { userEnvironment } from '../config/index.js';
import { identify } from './process-identity.js';

/** What Orderflow once fetched or built for this user and can have again: `$XDG_CACHE_HOME/orderflow`. */
export function cacheDir(): string {
  return join(userEnvironment().XDG_CACHE_HOME || join(homedir(), '.cache'), 'orderflow');
}

/**
 * Lets one process of this machine at a time do a long job; the others wait and mostly find it done. A lock whose holder
 * is gone is taken over. (In a race between two that take over, both may run: the jobs end in a rename, so that costs time only.)
 *
 * @param waiting is called once when somebody else is at it.
 */
export async function withLock<T>(file: string, waiting: () => void, job: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  let told = false;
  while (!(await tryLock(file))) {
    if (!told) waiting();
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  try {
    return await job();
  } finally {
    await rm(file, { force: true });
  }
}

async function tryLock(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    const self = await identify(process.pid);
    await handle.writeFile(JSON.stringify({ pid: process.pid, startTime: self?.startTime }));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = await readHolder(file);
  if (holder && (await identify(holder.pid))?.startTime !== holder.startTime) await rm(file, { force: true });
  return false;
}

async function readHolder(file: string): Promise<{ pid: number; startTime: string } | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as { pid: number; startTime: string };
  } catch {
    return undefined; // Just removed, or not written yet.
  }
}
