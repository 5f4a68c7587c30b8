import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What tells one process from a later one that was given the same number. */
export interface PidIdentity {
  /** The system's own word for the start time: clock ticks since boot on Linux, a date elsewhere. */
  startTime: string;
  command: string;
}

/**
 * Synchronous, so that a process can be written down in the same moment in which it is started.
 *
 * @returns undefined when no process has this number (or only a zombie does).
 */
export function identify(pid: number): PidIdentity | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return process.platform === 'linux' ? identifyByProc(pid) : identifyByPs(pid);
}

function identifyByProc(pid: number): PidIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold anything; what follows the last one is fixed.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTime] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || startTime === undefined) return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    return { startTime, command };
  } catch {
    return undefined; // Gone: the files of a process vanish with it.
  }
}

function identifyByPs(pid: number): PidIdentity | undefined {
  try {
    const output = execFileSync('ps', ['-o', 'lstart=,stat=,command=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const match = /^\s*(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(\S+)\s+(.*)$/.exec(output.split('\n')[0] ?? '');
    if (!match || match[2]?.startsWith('Z')) return undefined;
    return { startTime: match[1] ?? '', command: match[3] ?? '' };
  } catch {
    return undefined; // ps ends with 1 when there is no such process.
  }
}

/**
 * Ends a process that is not a child of ours: the signal, then SIGKILL.
 *
 * @param startTime of the process that is meant; one that no longer matches is left alone.
 */
export async function endByPid(pid: number, startTime: string, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  const same = () => identify(pid)?.startTime === startTime;
  const deadline = Date.now() + graceMs;
  if (!same()) return;
  sendSignal(pid, signal);
  // No event tells the end of somebody else's child, so it is asked for.
  while (same()) {
    if (Date.now() > deadline) sendSignal(pid, 'SIGKILL');
    await sleep(20);
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
