import type { CallObserver, CallOutcome, EndedCall } from '../../activities/observed-calls.js';
import { addLatencies, countLatency, noLatencies } from '../../contracts/latencies.js';
import { windowSeconds, type WorkerFigures, type WorkerReport } from '../../contracts/services.schema.js';
import { serviceNames, type ServiceName } from '../config/index.js';

/** The window moves in steps of this length. */
const sliceMs = 5_000;
const slices = (windowSeconds * 1000) / sliceMs;

type Counted = Exclude<CallOutcome, 'cancelled'>;

/** The calls that ended in one slice of time. */
interface Slice extends Record<Counted, number> {
  /** Counts the slices since the epoch. */
  number: number;
  latencies: number[];
}

/** What this worker knows of the services, from the calls that it makes. */
export class ServiceFigures {
  private readonly byService = new Map(serviceNames.map((name) => [name, new FiguresOfService()]));

  observerOf(service: ServiceName): CallObserver {
    return this.of(service).observe;
  }

  breakerChanged(service: ServiceName, isOpen: boolean): void {
    this.of(service).isBreakerOpen = isOpen;
  }

  /** @param worker the program, as it is named at Temporal. */
  report(worker: string): WorkerReport {
    return { worker, services: Object.fromEntries([...this.byService].map(([name, of]) => [name, of.figures()])) };
  }

  /** What happened since the start, for metrics that only grow. */
  *totals(): Generator<{ service: ServiceName; total: Readonly<Record<Counted | 'ms', number>>; isOpen: boolean }> {
    for (const [service, { total, isBreakerOpen }] of this.byService) yield { service, total, isOpen: isBreakerOpen };
  }

  private of(service: ServiceName): FiguresOfService {
    return this.byService.get(service)!;
  }
}

class FiguresOfService {
  isBreakerOpen = false;
  readonly total = { answered: 0, rejected: 0, failed: 0, ms: 0 };
  private slices: Slice[] = [];
  private inProgress = 0;
  /** Attempts in progress that are not the first ones. */
  private repeated = 0;
  /** Queued calls between two attempts, with the time of the next one. From then on another worker may have the call. */
  private readonly pausing = new Map<string, number>();

  readonly observe: CallObserver = ({ queuedId, attempt }) => {
    const isRepeated = queuedId !== undefined && attempt > 1;
    this.inProgress += 1;
    if (isRepeated) this.repeated += 1;
    if (queuedId !== undefined) this.pausing.delete(queuedId);
    return (end) => {
      this.inProgress -= 1;
      if (isRepeated) this.repeated -= 1;
      if (queuedId !== undefined && end.retryInMs !== undefined) this.pausing.set(queuedId, Date.now() + end.retryInMs);
      if (end.outcome !== 'cancelled') this.count(end.outcome, end);
    };
  };

  figures(): WorkerFigures {
    const sum = { answered: 0, rejected: 0, failed: 0, latencies: noLatencies() };
    const first = sliceNow() - slices + 1;
    for (const slice of this.slices) {
      if (slice.number < first) continue;
      for (const outcome of ['answered', 'rejected', 'failed'] as const) sum[outcome] += slice[outcome];
      addLatencies(sum.latencies, slice.latencies);
    }
    const now = Date.now();
    for (const [id, next] of this.pausing) if (next <= now) this.pausing.delete(id);
    const retrying = this.repeated + this.pausing.size;
    return { ...sum, breakerOpen: this.isBreakerOpen, inProgress: this.inProgress, retrying };
  }

  private count(outcome: Counted, { ms }: EndedCall): void {
    this.total[outcome] += 1;
    this.total.ms += ms;
    const slice = this.currentSlice();
    slice[outcome] += 1;
    countLatency(slice.latencies, ms);
  }

  private currentSlice(): Slice {
    const number = sliceNow();
    const last = this.slices.at(-1);
    if (last?.number === number) return last;
    const slice = { number, answered: 0, rejected: 0, failed: 0, latencies: noLatencies() };
    this.slices = [...this.slices.slice(1 - slices), slice];
    return slice;
  }
}

const sliceNow = (): number => Math.floor(Date.now() / sliceMs);
