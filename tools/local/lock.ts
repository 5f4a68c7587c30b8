import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify } from './pid-identity.js';

export interface LockHolder {
  pid: number;
  startTime: string | undefined;
}

export interface Lock {
  release: () => Promise<void>;
}

/**
 * Takes a lock that is a file with its holder's process in it. A lock whose holder is gone, however it ended, is taken over.
 * (Two that take one over at the same moment may, very rarely, both get it.)
 *
 * @returns the lock, or who has it.
 */
export async function tryLock(file: string): Promise<Lock | { heldBy: LockHolder }> {
  await mkdir(dirname(file), { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    try {
      const handle = await open(file, 'wx');
      const self: LockHolder = { pid: process.pid, startTime: identify(process.pid)?.startTime };
      await handle.writeFile(JSON.stringify(self));
      await handle.close();
      return { release: () => rm(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const heldBy = await readHolder(file);
    if (heldBy && identify(heldBy.pid)?.startTime === heldBy.startTime) return { heldBy };
    // Either it was just released, or it is being written, or its holder is gone; the last shows again and again.
    if (heldBy || attempt > 5) await rm(file, { force: true });
    else await sleep(20);
  }
}

async function readHolder(file: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}

/**
 * Lets one process of this machine at a time do a long job; the others wait and mostly find it done.
 *
 * @param waiting is called once when somebody else is at it.
 */
export async function withLock<T>(file: string, waiting: () => void, job: () => Promise<T>): Promise<T> {
  let told = false;
  for (;;) {
    const lock = await tryLock(file);
    if ('release' in lock) {
      try {
        return await job();
      } finally {
        await lock.release();
      }
    }
    if (!told) waiting();
    told = true;
    await sleep(250);
  }
}
