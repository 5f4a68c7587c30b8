import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '../../src/config/index.js';
import type { PartName } from '../local/run-file.js';
import type { Child } from '../local/program.js';
import { setDiskFull } from './disk.js';
import type { Fired } from './kinds.js';
import { startOtherWorker } from './other-code.js';
import { planOf, type Act } from './plan.js';
import type { ChaosSystem } from './system.js';

export interface NemesisOptions {
  seed: number;
  fired: Fired;
  system: ChaosSystem;
  /** How long it goes on at least. */
  forMs: number;
  /** How many rounds it does at least. */
  rounds: number;
  /** Ends it early. */
  signal: AbortSignal;
  told: (line: string) => void;
}

/** How long an act waits for the part that it needs. */
const patienceMs = 60_000;

/** Does the acts of a seed, one after the other. Every act is logged with its time before it happens. */
export class Nemesis {
  private running: Promise<void> | undefined;
  private other: Child | undefined;
  private readonly frozen = new Set<number>();
  private readonly full = new Set<ServiceName>();

  constructor(private readonly options: NemesisOptions) {}

  /** Resolves when the time is over and every round that is due is done, or when it is ended early. */
  run(): Promise<void> {
    return (this.running = this.act());
  }

  private async act(): Promise<void> {
    const { seed, fired, forMs, rounds, signal } = this.options;
    const until = performance.now() + forMs;
    for (const { round, act } of planOf(seed, fired.kinds)) {
      if (signal.aborted || (round > rounds && performance.now() > until)) break;
      await this.pause(act.afterMs);
      if (signal.aborted) break;
      if (await this.does(act)) fired.count(act.kind);
      else this.say(act, 'could not happen');
    }
    // Without acts, calls and webhooks meet their faults for as long.
    await this.pause(until - performance.now());
  }

  /** Takes back what still lasts. */
  async end(): Promise<void> {
    await this.running?.catch(() => undefined);
    this.thaw();
    await this.stopOther();
    for (const service of this.full) await this.setFull(service, false);
  }

  private async does(act: Act): Promise<boolean> {
    switch (act.kind) {
      case 'kill-supervisor':
        return this.killSupervisor(act);
      case 'freeze':
        return act.part !== undefined && this.freeze(act, act.part);
      case 'disk-full':
        return this.fillDisk(act, act.part as ServiceName);
      case 'other-code':
        return this.otherCode(act);
      default:
        return this.kill(act, act.kind.slice('kill-'.length) as PartName);
    }
  }

  private async kill(act: Act, part: PartName): Promise<boolean> {
    const [pid] = await this.pidsOf(part, false);
    if (pid === undefined) return false;
    this.say(act, `kill -9 ${pid}`);
    return signalTo(pid, 'SIGKILL');
  }

  private async freeze(act: Act, part: PartName): Promise<boolean> {
    const pids = await this.pidsOf(part, true);
    if (pids.length === 0) return false;
    this.say(act, `${part} for ${act.forMs} ms: SIGSTOP ${pids.join(' ')}`);
    for (const pid of pids) if (signalTo(pid, 'SIGSTOP')) this.frozen.add(pid);
    await this.pause(act.forMs);
    this.thaw();
    return true;
  }

  private thaw(): void {
    for (const pid of this.frozen) signalTo(pid, 'SIGCONT');
    this.frozen.clear();
  }

  private async killSupervisor(act: Act): Promise<boolean> {
    const { system } = this.options;
    await system.untilReady();
    this.say(act, `kill -9 ${system.supervisorPid}, started again after ${act.forMs} ms`);
    if (!(await system.killSupervisor())) return false;
    await this.pause(act.forMs);
    // The parts go on until the new supervisor ends them; faults go on while it starts.
    void system.startSupervisor();
    return true;
  }

  private async fillDisk(act: Act, service: ServiceName): Promise<boolean> {
    this.say(act, `${service} for ${act.forMs} ms`);
    if (!(await this.setFull(service, true))) return false;
    this.full.add(service);
    await this.pause(act.forMs);
    if (await this.setFull(service, false)) this.full.delete(service);
    return true;
  }

  private async setFull(service: ServiceName, isFull: boolean): Promise<boolean> {
    const { signal } = this.options;
    for (const until = performance.now() + patienceMs; performance.now() < until && !signal.aborted;) {
      const url = this.options.system.databaseUrl(service);
      try {
        if (url !== undefined) {
          await setDiskFull(url, isFull);
          return true;
        }
      } catch {
        // PostgreSQL starts again.
      }
      await sleep(250);
    }
    return false;
  }

  private async otherCode(act: Act): Promise<boolean> {
    const { system } = this.options;
    this.say(act, `instead of the worker, for ${act.forMs} ms`);
    await system.tell({ do: 'stop', part: 'worker' });
    try {
      this.other = await startOtherWorker(system.folder, system.workerEnvironment, this.options.signal);
      await this.pause(act.forMs);
      return true;
    } catch {
      return false;
    } finally {
      await this.stopOther();
      if (!this.options.signal.aborted) await system.tell({ do: 'start', part: 'worker' });
    }
  }

  private async stopOther(): Promise<void> {
    await this.other?.stop();
    this.other = undefined;
  }

  /** Waits until the part runs: it may be starting after an act before. */
  private async pidsOf(part: PartName, whole: boolean): Promise<number[]> {
    for (const until = performance.now() + patienceMs; performance.now() < until && !this.options.signal.aborted;) {
      const pids = this.options.system.pidsOf(part, whole);
      if (pids.length > 0) return pids;
      await sleep(100);
    }
    return [];
  }

  private pause(ms: number): Promise<void> {
    return sleep(Math.max(0, ms), undefined, { signal: this.options.signal }).catch(() => undefined);
  }

  private say({ kind, part }: Act, what: string): void {
    const line = `${new Date().toISOString()} ${kind}${part ? ` (${part})` : ''}: ${what}`;
    appendFileSync(join(this.options.system.folder, 'nemesis.log'), `${line}\n`);
    this.options.told(line);
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
