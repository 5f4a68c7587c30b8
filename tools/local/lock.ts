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
 * Tries to take a lock, which is a file with the pid and start time of its holder. If the holder has ended, the lock is taken over.
 * (If two programs take it over at the same moment, both may get it. This is very rare.)
 *
 * @returns the lock, or its current holder.
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
    // No living holder: the lock was just released, or is being written, or its holder is gone. An unreadable file gets a few retries.
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
 * Runs a long job in one program at a time. Other programs on this machine wait, and then mostly find the job done.
 *
 * @param waiting is called once if another program holds the lock.
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
