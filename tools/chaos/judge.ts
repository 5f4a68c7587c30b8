import { setTimeout as sleep } from 'node:timers/promises';
import { connectClient } from '../../src/temporal/connection.js';
import { serviceNames, type ServiceName } from '../../src/config/index.js';
import { check } from '../check/check.js';
import type { Finding } from '../check/finding.js';
import { observe } from '../check/observe/index.js';
import type { Answer, Observation, Outage } from '../check/observation.js';
import type { ChaosSystem } from './system.js';

interface Evidence {
  answers: Answer[];
  outages: Outage[];
  /** What was in stock before the first order, by `sku/warehouse`. */
  initialStock: ReadonlyMap<string, number>;
  /** When the last fault happened or somebody sent something, in ms since the epoch. */
  lastAt: number;
}

/** How long something may still be under way after everything is quiet. A call of a step is retried at most every 30 s. */
const boundMs = 60_000;
const betweenMs = 3_000;

/** Observes the system and judges it; again, for as long as something is under way and may be. */
export async function judge(
  system: ChaosSystem,
  { answers, outages, initialStock, lastAt }: Evidence,
): Promise<{ observation: Observation; findings: Finding[] }> {
  const { temporalAddress: address } = system;
  const temporal = await connectClient({
    temporal: { local: true, address, namespace: 'default', connectionOptions: { address } },
  });
  const databases = Object.fromEntries(serviceNames.map((name) => [name, system.databaseUrl(name) ?? ''])) as Record<
    ServiceName,
    string
  >;
  try {
    for (;;) {
      const settledForMs = Date.now() - lastAt;
      const observation = await observe({ temporal, databases }, { answers, outages, initialStock, settledForMs });
      const findings = check(observation, { boundMs });
      if (settledForMs > boundMs || findings.every(({ holds }) => holds === true)) return { observation, findings };
      await sleep(betweenMs);
    }
  } finally {
    await temporal.connection.close();
  }
}
