import { readFileSync } from 'node:fs';
import type { Outage } from '../check/observation.js';
import type { PartName } from '../local/run-file.js';
import type { ChaosSystem } from './system.js';

/** What the checker wants to know about. PostgreSQL and the orders service are the order book. */
const watched: readonly [PartName, Outage['part']][] = [
  ['api', 'api'],
  ['temporal', 'temporal'],
  ['postgres', 'book'],
  ['orders', 'book'],
];
const everyMs = 100;
/** How long a program takes to answer after it was started again, or goes on. */
const readyWithinMs = 5_000;

interface Seen {
  pid: number | undefined;
  outage: Outage | undefined;
}

/** Looks at the programs all the time, and notes when each was away: ended, started anew, or frozen. */
export class OutageWatch {
  readonly outages: Outage[] = [];
  private readonly seen = new Map<PartName, Seen>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly system: ChaosSystem) {
    this.timer = setInterval(() => this.look(), everyMs);
  }

  end(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = Date.now();
    for (const [name, part] of watched) {
      const [pid] = this.system.pidsOf(name, false);
      const last = this.seen.get(name);
      const isAnew = last !== undefined && pid !== undefined && last.pid !== undefined && pid !== last.pid;
      const isAway = pid === undefined || isAnew || isFrozen(pid);
      let outage = last?.outage;
      if (isAway) {
        if (!outage) this.outages.push((outage = { part, from: now - everyMs, to: now }));
        outage.to = now + readyWithinMs;
      } else outage = undefined;
      this.seen.set(name, { pid: pid ?? last?.pid, outage });
    }
  }
}

/** Linux says it; elsewhere nobody does. */
function isFrozen(pid: number): boolean {
  try {
    return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
