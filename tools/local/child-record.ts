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
 * DATA_DIR/processes.json: lists the running children of the supervisor. A child is written down as soon as it starts.
 * A killed supervisor leaves its children running. The next supervisor finds them here.
 */
export class ChildRecord {
  private readonly file: string;
  private readonly running = new Map<number, Recorded>();

  constructor(dataDir: string) {
    this.file = join(dataDir, 'processes.json');
  }

  started(part: string, pid: number, stopSignal: NodeJS.Signals): void {
    const identity = identify(pid);
    if (!identity) return; // It has already ended.
    this.running.set(pid, { part, pid, startTime: identity.startTime, stopSignal });
    this.write();
  }

  ended(pid: number): void {
    if (this.running.delete(pid)) this.write();
  }

  /** Kills all children at once. It does not wait, so it can run while this program exits. */
  killAll(): void {
    for (const { pid } of this.running.values()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended in the meantime.
      }
    }
  }

  /**
   * Ends the children that an earlier supervisor left running. Each start time is compared with the recorded one, because the pid may
   * now belong to another program.
   *
   * @param found is called with the children that will be ended. It is not called when there are none.
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
