import type { ServiceName } from '../../src/config/index.js';
import { callKinds, type CallKind, type Fired } from './kinds.js';
import { shareOf } from './random.js';

/** A call on its way to a service. */
export interface Call {
  service: ServiceName;
  method: string;
  path: string;
  /** Its Idempotency-Key, empty if it has none. */
  key: string;
}

/** What happens to a call. */
export interface CallFault {
  kind: CallKind;
  /** `slow`: how late the answer is; `late`: how late the call arrives. */
  afterMs: number;
  /** `Retry-After` of `busy-429`, in seconds. */
  retryAfterS: number;
  /** `garbage` comes as JSON of another shape, else as text that is no JSON. */
  asJson: boolean;
}

/** The share of calls that meet a fault. */
const rate = 0.06;
/** Past the second of a local attempt; past the ten seconds of a client. */
const slowMs = { local: 1_500, client: 11_000 };

/**
 * Decides which calls meet a fault. The seed and what is called decide whether a call does, so the same call of the same order does so in
 * every run with this seed. The kind is the one that this route has met least.
 */
export class CallFaults {
  private readonly attempts = new Map<string, number>();
  private readonly byRoute = new Map<string, number>();
  /** Off until the faults begin, and after they have stopped. */
  active = false;

  constructor(
    private readonly seed: number,
    private readonly fired: Fired,
  ) {}

  of(call: Call): CallFault | undefined {
    // Reads of the API and of people. Activities write.
    if (!this.active || call.method === 'GET') return undefined;
    const what = `${call.service} ${call.method} ${call.path} ${call.key}`;
    const attempt = (this.attempts.get(what) ?? 0) + 1;
    this.attempts.set(what, attempt);
    const share = (question: string) => shareOf(`${this.seed} ${question} ${attempt} ${what}`);
    if (share('whether') >= rate) return undefined;
    const route = routeOf(call);
    const kind = this.fired.leastOf(callKinds, (each) => this.byRoute.get(`${route} ${each}`) ?? 0);
    if (!kind) return undefined;
    this.byRoute.set(`${route} ${kind}`, (this.byRoute.get(`${route} ${kind}`) ?? 0) + 1);
    this.fired.count(kind);
    const far = share('far') < 0.25;
    return {
      kind,
      afterMs:
        kind === 'slow'
          ? far
            ? slowMs.client
            : slowMs.local
          : Math.round(300 + share('after') * (far ? 15_000 : 2_000)),
      retryAfterS: 1 + Math.floor(share('pause') * 2),
      asJson: share('json') < 0.5,
    };
  }

  /** How many kinds each route has met, and how many faults. */
  routes(): { route: string; kinds: number; faults: number }[] {
    const routes = new Map<string, { kinds: number; faults: number }>();
    for (const [name, faults] of this.byRoute) {
      const route = name.slice(0, name.lastIndexOf(' '));
      const known = routes.get(route) ?? { kinds: 0, faults: 0 };
      routes.set(route, { kinds: known.kinds + 1, faults: known.faults + faults });
    }
    return [...routes].map(([route, counts]) => ({ route, ...counts })).sort((a, b) => (a.route < b.route ? -1 : 1));
  }
}

/** `payment POST /v1/payments/:id/captures` */
export function routeOf({ service, method, path }: Call): string {
  const withoutQuery = path.split('?')[0] as string;
  const route = withoutQuery.replace(/\/ord_[A-Za-z0-9]+(-[A-Za-z0-9._-]+)?(?=\/|$)/g, '/:id');
  return `${service} ${method} ${route}`;
}
