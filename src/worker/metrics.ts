import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { FailingRun } from './failing-runs.js';

const withinMs = 1_000;

/** The metrics of a worker, in the format of Prometheus: its own, those of Node.js, and those of Temporal's SDK. */
export class WorkerMetrics {
  readonly #registry = new Registry();

  private readonly failing = new Gauge({
    name: 'orderflow_failing_runs',
    help: 'Open runs that the workflow code of this worker cannot advance',
    labelNames: ['workflow_type', 'cause'] as const,
    registers: [this.#registry],
  });

  /** @param sdkUrl where the SDK answers with its metrics: see `installRuntime`. */
  constructor(private readonly sdkUrl: string | undefined) {
    collectDefaultMetrics({ register: this.#registry });
  }

  async text(runs: readonly FailingRun[]): Promise<string> {
    this.failing.reset();
    for (const { workflowType, cause } of runs) this.failing.inc({ workflow_type: workflowType, cause });
    const [own, sdk] = await Promise.all([this.#registry.metrics(), this.sdk()]);
    return `${own.trimEnd()}\n${sdk}`;
  }

  /** The SDK has an endpoint of its own, on loopback, so that a worker is scraped at one place. */
  private async sdk(): Promise<string> {
    if (this.sdkUrl === undefined) return '';
    const response = await fetch(this.sdkUrl, { signal: AbortSignal.timeout(withinMs) });
    return response.ok ? response.text() : '';
  }
}
