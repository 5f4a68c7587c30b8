import { existsSync, readFileSync, readdirSync } from 'node:fs';

/** Whether this machine tells what its programs use. Only Linux has /proc; elsewhere these columns stay empty. */
export const canReadProcesses = existsSync('/proc/self/stat');

/** Linux counts CPU time in ticks of 10 ms, whatever the kernel's own clock is. */
const msPerTick = 10;

interface ProcessStat {
  parent: number;
  /** CPU time of the process and of its children that have ended. */
  cpuMs: number;
}

/** Parses /proc/PID/stat. The name stands in brackets and may itself contain brackets and spaces. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), cpuMs: ticks * msPerTick };
}

/**
 * The CPU time of programs and of all processes below them, such as the backends of PostgreSQL. A difference between two readings is what
 * was used in between, also by processes that have ended meanwhile.
 */
export function cpuMsOf(pids: readonly number[]): number {
  const all = readAll();
  const below = new Set(pids);
  // A child may be listed before its parent, so go on until nothing is added.
  for (let before = 0; before !== below.size;) {
    before = below.size;
    for (const [pid, { parent }] of all) if (below.has(parent)) below.add(pid);
  }
  return [...below].reduce((sum, pid) => sum + (all.get(pid)?.cpuMs ?? 0), 0);
}

function readAll(): Map<number, ProcessStat> {
  const all = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      all.set(Number(name), parseStat(readFileSync(`/proc/${name}/stat`, 'utf8')));
    } catch {
      // The process has ended since the folder was listed.
    }
  }
  return all;
}

interface Memory {
  now: number;
  /** The most that the process has had at once. */
  peak: number;
}

/** The memory of a process in MiB. Undefined where the machine does not tell. */
export function memoryOf(pid: number): Memory | undefined {
  return canReadProcesses ? parseMemory(readFileSync(`/proc/${pid}/status`, 'utf8')) : undefined;
}

/** Parses /proc/PID/status. */
export function parseMemory(status: string): Memory {
  const [now, peak] = ['VmRSS', 'VmHWM'].map((name) => {
    const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
    return Number(kib) / 1024;
  });
  return { now: now!, peak: peak! };
}
