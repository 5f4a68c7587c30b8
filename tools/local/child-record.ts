import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endByPid, identify } from './pid-identity.js';
import { writeJsonAtomically } from './write-atomically.js';

interface Recorded {
  part: string;
  pid: number;
  startTime: string;
  stopSignal: NodeJS.Signals;
}

const graceMs = 5_000;

/**
 * DATA_DIR/processes.json: every process that the supervisor started and that has not ended, written in the moment it begins.
 * A supervisor that is killed leaves them running; the next one finds them here.
 */
export class ChildRecord {
  private readonly file: string;
  private readonly running = new Map<number, Recorded>();

  constructor(dataDir: string) {
    this.file = join(dataDir, 'processes.json');
  }

  started(part: string, pid: number, stopSignal: NodeJS.Signals): void {
    const identity = identify(pid);
    if (!identity) return; // Ended already.
    this.running.set(pid, { part, pid, startTime: identity.startTime, stopSignal });
    this.write();
  }

  ended(pid: number): void {
    if (this.running.delete(pid)) this.write();
  }

  /** For the end of this process, when nothing can be waited for any more. */
  killAll(): void {
    for (const { pid } of this.running.values()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Ended in the meantime.
      }
    }
  }

  /**
   * Ends what an earlier supervisor left running. A process is ended only if it is the very one that was recorded: its number may have
   * been given to a stranger since.
   *
   * @param found is told which are ended.
   */
  async endOrphans(found: (orphans: { part: string; pid: number }[]) => void): Promise<void> {
    const orphans = this.read().filter(({ pid, startTime }) => identify(pid)?.startTime === startTime);
    if (orphans.length) found(orphans);
    await Promise.all(orphans.map(({ pid, startTime, stopSignal }) => endByPid(pid, startTime, stopSignal, graceMs)));
    rmSync(this.file, { force: true });
  }

  private read(): Recorded[] {
    let text: string;
    try {
      text = readFileSync(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    return JSON.parse(text) as Recorded[];
  }

  private write(): void {
    if (this.running.size === 0) rmSync(this.file, { force: true });
    else writeJsonAtomically(this.file, [...this.running.values()]);
  }
}
