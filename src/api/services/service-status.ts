import { Inject, Injectable } from '@nestjs/common';
import { addLatencies, latencyQuantile, noLatencies } from '../../../contracts/latencies.js';
import {
  windowSeconds,
  type ServiceList,
  type ServiceStatus,
  type WorkerFigures,
} from '../../../contracts/services.schema.js';
import { serviceNames } from '../../config/index.js';
import { SystemParts } from '../health/parts.js';
import { WorkerReportReader } from './worker-reports.js';

/** Pages that poll at the same time share an answer of this age. */
const sharedMs = 1_000;

type Figures = Pick<
  ServiceStatus,
  'breaker' | 'openBreakers' | 'calls' | 'errorRate' | 'latencyMs' | 'inProgress' | 'retrying'
>;

/** How each service does, over all workers. */
@Injectable()
export class ServiceStatusReader {
  private last: { at: number; answer: Promise<ServiceList> } | undefined;

  constructor(
    @Inject(SystemParts) private readonly parts: SystemParts,
    @Inject(WorkerReportReader) private readonly workers: WorkerReportReader,
  ) {}

  read(): Promise<ServiceList> {
    const now = Date.now();
    if (!this.last || now - this.last.at > sharedMs) this.last = { at: now, answer: this.readNow() };
    return this.last.answer;
  }

  private async readNow(): Promise<ServiceList> {
    const [states, { reports, silent, waiting }] = await Promise.all([this.parts.check(), this.workers.read()]);
    return {
      at: new Date().toISOString(),
      windowSeconds,
      workers: { answered: reports.length, silent },
      items: serviceNames.map((name) => ({
        name,
        state: states[name],
        ...figuresOf(reports.map(({ services }) => services[name])),
        waiting: waiting[name] ?? null,
      })),
    };
  }
}

/** @param reported of each worker; undefined from a worker that does not know the service yet. */
function figuresOf(reported: readonly (WorkerFigures | undefined)[]): Figures {
  const known = reported.filter((each) => each !== undefined);
  if (known.length === 0) {
    return {
      breaker: null,
      openBreakers: 0,
      calls: null,
      errorRate: null,
      latencyMs: null,
      inProgress: null,
      retrying: null,
    };
  }
  const sum = (count: (of: WorkerFigures) => number) => known.reduce((total, each) => total + count(each), 0);
  const calls = {
    answered: sum(({ answered }) => answered),
    rejected: sum(({ rejected }) => rejected),
    failed: sum(({ failed }) => failed),
  };
  const ended = calls.answered + calls.rejected + calls.failed;
  const openBreakers = sum(({ breakerOpen }) => (breakerOpen ? 1 : 0));
  const latencies = noLatencies();
  for (const each of known) addLatencies(latencies, each.latencies);
  const [p50, p95] = [latencyQuantile(latencies, 0.5), latencyQuantile(latencies, 0.95)];
  return {
    breaker: openBreakers > 0 ? 'open' : 'closed',
    openBreakers,
    calls,
    errorRate: ended > 0 ? calls.failed / ended : null,
    latencyMs: p50 !== undefined && p95 !== undefined ? { p50, p95 } : null,
    inProgress: sum(({ inProgress }) => inProgress),
    retrying: sum(({ retrying }) => retrying),
  };
}
