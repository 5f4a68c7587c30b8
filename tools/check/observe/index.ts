import type { Client } from '@temporalio/client';
import type { Answer, Observation, Outage } from '../observation.js';
import { readDatabases, type DatabaseName } from './databases.js';
import { readRuns } from './temporal.js';

/** A running system, as the observer reaches it. */
export interface ObservedSystem {
  temporal: Client;
  /** The database of each service: postgres://user:password@host:port/database */
  databases: Record<DatabaseName, string>;
}

/** What only the caller can know. */
export interface Known {
  /** Everything that clients asked, and what they were answered. */
  answers?: Answer[];
  /** When programs were away. */
  outages?: Outage[];
  /** How long it has been quiet: see Observation. Unless given, since the last event of any run. */
  settledForMs?: number;
  /** What was in stock before the first order, by `sku/warehouse`. */
  initialStock?: ReadonlyMap<string, number>;
  /** Called for each run that was read. */
  onRun?: () => void;
}

/**
 * Observes a running system: the runs in Temporal first, then the order book and the services, so that what a run has done is there already
 * when its effect is looked for.
 */
export async function observe({ temporal, databases }: ObservedSystem, known: Known = {}): Promise<Observation> {
  const at = Date.now();
  const { answers, outages, settledForMs, initialStock, onRun } = known;
  const runs = await readRuns(temporal, onRun);
  const tables = await readDatabases(databases);
  for (const row of tables.inventory.stock) {
    const initial = initialStock?.get(`${row.sku}/${row.warehouse}`);
    if (initial !== undefined) row.initial = initial;
  }
  return {
    at,
    settledForMs: settledForMs ?? at - Math.max(0, ...runs.map((run) => run.lastEventAt ?? at)),
    ...(answers === undefined ? {} : { answers }),
    ...(outages === undefined ? {} : { outages }),
    runs,
    ...tables,
  };
}
