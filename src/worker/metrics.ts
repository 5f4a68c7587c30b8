import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { FailingRun } from './failing-runs.js';
import type { ServiceFigures } from './service-figures.js';

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

  private readonly calls = new Counter({
    name: 'orderflow_service_calls_total',
    help: 'Calls of a service that ended, by outcome: answered, rejected or failed',
    labelNames: ['service', 'outcome'] as const,
    registers: [this.#registry],
  });

  private readonly callSeconds = new Counter({
    name: 'orderflow_service_call_seconds_total',
    help: 'The time that these calls took, together',
    labelNames: ['service'] as const,
    registers: [this.#registry],
  });

  private readonly breakers = new Gauge({
    name: 'orderflow_service_breaker_open',
    help: '1 while this worker makes no short calls of a service, because the last ones failed',
    labelNames: ['service'] as const,
    registers: [this.#registry],
  });

  /** @param sdkUrl where the SDK answers with its metrics: see `installRuntime`. */
  constructor(
    private readonly sdkUrl: string | undefined,
    private readonly figures: Pick<ServiceFigures, 'totals'>,
  ) {
    collectDefaultMetrics({ register: this.#registry });
  }

  async text(runs: readonly FailingRun[]): Promise<string> {
    this.failing.reset();
    for (const { workflowType, cause } of runs) this.failing.inc({ workflow_type: workflowType, cause });
    this.readFigures();
    const [own, sdk] = await Promise.all([this.#registry.metrics(), this.sdk()]);
    return `${own.trimEnd()}\n${sdk}`;
  }

  private readFigures(): void {
    this.calls.reset();
    this.callSeconds.reset();
    for (const { service, total, isOpen } of this.figures.totals()) {
      for (const outcome of ['answered', 'rejected', 'failed'] as const) {
        this.calls.inc({ service, outcome }, total[outcome]);
      }
      this.callSeconds.inc({ service }, total.ms / 1000);
      this.breakers.set({ service }, isOpen ? 1 : 0);
    }
  }

  /** The SDK has an endpoint of its own, on loopback, so that a worker is scraped at one place. */
  private async sdk(): Promise<string> {
    if (this.sdkUrl === undefined) return '';
    const response = await fetch(this.sdkUrl, { signal: AbortSignal.timeout(withinMs) });
    return response.ok ? response.text() : '';
  }
}
