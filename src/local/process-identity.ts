import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What tells one process from a later one that was given the same number. */
export interface ProcessIdentity {
  /** The system's own word for the start time: clock ticks since boot on Linux, a date elsewhere. */
  startTime: string;
  command: string;
}

/** @returns undefined when no process has this number (or only a zombie does). */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return process.platform === 'linux' ? identifyByProc(pid) : identifyByPs(pid);
}

async function identifyByProc(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const [stat, cmdline] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // The second field is the program's name in parentheses and may hold anything; what follows the last one is fixed.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTime] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || startTime === undefined) return undefined;
    return { startTime, command: cmdline.split('\0').join(' ').trim() };
  } catch {
    return undefined; // Gone: the files of a process vanish with it.
  }
}

async function identifyByPs(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=,stat=,command=', '-p', String(pid)], { env: { LC_ALL: 'C' } });
    const match = /^\s*(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(\S+)\s+(.*)$/.exec(stdout.split('\n')[0] ?? '');
    if (!match || match[2]?.startsWith('Z')) return undefined;
    return { startTime: match[1] ?? '', command: match[3] ?? '' };
  } catch {
    return undefined; // ps ends with 1 when there is no such process.
  }
}

/**
 * Ends a process that is not a child of ours: the signal, then SIGKILL.
 *
 * @param identity what it was when we decided to end it; a process that no longer matches is left alone.
 */
export async function endProcess(
  pid: number,
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  const same = async () => (await identify(pid))?.startTime === identity.startTime;
  const deadline = Date.now() + graceMs;
  if (!(await same())) return;
  sendSignal(pid, signal);
  // No event tells the end of somebody else's child, so it is asked for.
  while (await same()) {
    if (Date.now() > deadline) sendSignal(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
