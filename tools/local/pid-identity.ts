import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Distinguishes a program from a later one with the same pid. */
export interface PidIdentity {
  /** The start time as the operating system gives it: clock ticks since boot on Linux, a date elsewhere. */
  startTime: string;
  command: string;
}

/**
 * Looks up a running program by its pid. Synchronous, so that a program can be recorded as soon as it starts.
 *
 * @returns undefined when no program has this pid, or only a zombie has it.
 */
export function identify(pid: number): PidIdentity | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return process.platform === 'linux' ? identifyByProc(pid) : identifyByPs(pid);
}

function identifyByProc(pid: number): PidIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold any character. The fields after the last `)` are fixed.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTime] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || startTime === undefined) return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    return { startTime, command };
  } catch {
    return undefined; // The program has ended, and its files in /proc are gone with it.
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
    return undefined; // ps exits with status 1 when there is no such pid.
  }
}

/**
 * Ends a program that is not a child of this one. It sends the signal, then SIGKILL after the grace time.
 *
 * @param startTime the start time of the program to end. A program with another start time is left alone.
 */
export async function endByPid(pid: number, startTime: string, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  const same = () => identify(pid)?.startTime === startTime;
  const deadline = Date.now() + graceMs;
  if (!same()) return;
  sendSignal(pid, signal);
  // Node has no event for the end of a program that is not its child, so this polls.
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
