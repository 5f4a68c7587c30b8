import type { Finding, Limit, LimitedPlace, Place } from './finding.js';
import type { Observation } from './observation.js';
import type { OrderFacts } from './order-facts.js';

/** The parts of an observation. */
type Part = Exclude<keyof Observation, 'at' | 'settledForMs'>;

/** What a run of the checker is told besides the observation. */
export interface CheckOptions {
  /** How long an order may take for its next move after everything is quiet. */
  boundMs: number;
}

export interface Context extends CheckOptions {
  observation: Observation;
  orders: ReadonlyMap<string, OrderFacts>;
}

/** Something that always holds, whatever fails. */
export interface Invariant {
  name: string;
  /** What it compares, in words and symbols. */
  formula: string;
  /** Without one of these parts it is unknown, and `verify` is not called. */
  needs: readonly Part[];
  /** Says for each order, or row, whether the invariant holds there. */
  verify: (context: Context, verdict: Verdict) => void;
}

/** Collects what an invariant says. */
export class Verdict {
  verified = 0;
  readonly violations: Place[] = [];
  readonly apart: LimitedPlace[] = [];
  readonly unknown: Place[] = [];

  holds(): void {
    this.verified += 1;
  }

  /** Holds if `what` is undefined. */
  judge(orderId: string, what: string | undefined): void {
    this.verified += 1;
    if (what !== undefined) this.violations.push({ orderId, what });
  }

  violated(orderId: string, what: string): void {
    this.verified += 1;
    this.violations.push({ orderId, what });
  }

  /** It does not hold, which is no violation. */
  limited(orderId: string, what: string, limit: Limit): void {
    this.apart.push({ orderId, what, limit });
  }

  cannotTell(orderId: string, what: string): void {
    this.unknown.push({ orderId, what });
  }
}

/** An invariant that is verified for each order by itself. */
export function forEachOrder(
  invariant: Omit<Invariant, 'verify'> & { verify: (order: OrderFacts, verdict: Verdict, context: Context) => void },
): Invariant {
  const { verify, ...rest } = invariant;
  return {
    ...rest,
    verify: (context, verdict) => {
      for (const order of context.orders.values()) if (order.id !== '') verify(order, verdict, context);
    },
  };
}

/** Something that is under way: a violation if everything has been quiet for longer than the bound. */
export function judgeMoving(
  orderId: string,
  what: string,
  verdict: Verdict,
  { observation: { settledForMs }, boundMs }: Context,
): void {
  if (settledForMs !== undefined && settledForMs >= boundMs) {
    verdict.violated(orderId, `${what}, ${Math.round(settledForMs / 1000)} s after the last event`);
  } else verdict.cannotTell(orderId, `${what}: under way`);
}

/** Applies an invariant to an observation. */
export function findingOf({ name, formula, needs, verify }: Invariant, context: Context): Finding {
  const missing = needs.filter((part) => context.observation[part] === undefined);
  const verdict = new Verdict();
  if (missing.length > 0) verdict.cannotTell('', `not observed: ${missing.join(', ')}`);
  else verify(context, verdict);
  const { verified, violations, apart, unknown } = verdict;
  const holds = violations.length > 0 ? false : unknown.length > 0 ? 'unknown' : true;
  return { invariant: name, formula, holds, verified, violations, apart, unknown };
}
