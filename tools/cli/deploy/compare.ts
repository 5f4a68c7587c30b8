import { defined } from '../../../contracts/defined.js';
import { begunWith, type BegunWith } from '../replay/begun-with.js';
import { compareTraces } from '../replay/compare-traces.js';
import type { Difference } from '../replay/difference.js';
import type { RecordedHistory } from '../replay/history.js';
import { replayEach } from '../replay/each.js';
import { isFailed, type Failed } from '../replay/read-ahead.js';
import type { Replayed } from '../replay/run.js';
import type { Trace } from '../replay/trace.js';
import type { Build } from './builds.js';
import type { Life } from './lives.js';
import { chosenVariants, type Variant } from './variants/index.js';
import { isSafe, judge, worse, type Verdict } from './verdict.js';

/** What was found with a history or one of its variants. */
export interface Finding {
  verdict: Verdict;
  difference: Difference;
  /** How to make the first history that shows it: `as recorded`, or the variant as `heartbeat@9`. */
  variant: string;
  /** The same in words. */
  what: string;
  /** How many variants of the life show it. */
  count: number;
}

/** What a deploy means for one life. */
export interface LifeResult {
  life: string;
  from: Life['from'];
  /** The definition that it began with. Unset for a run without a process. */
  began?: BegunWith;
  verdict: Verdict;
  /** How many variants both builds replayed. */
  variants: number;
  /** How many did not count, because BASE does not replay them. */
  uncounted: number;
  /** The worst first; one of each kind and step. */
  findings: Finding[];
  /** Set when HEAD has such runs, and BASE cannot go on with them. */
  noWayBack?: Difference;
}

interface Options {
  seed: string;
  /** At most so many variants of each life. */
  limit: number;
  /** Called after each history that both builds have replayed. */
  onReplayed?: () => void;
  /** Called with the first history that shows a finding. */
  onFound?: (history: RecordedHistory, recipe: string) => Promise<void>;
}

/** A history to replay: a life, or a variant of the life before it. */
interface Job {
  life: Life;
  /** Unset for the recorded history. */
  variant?: Variant;
}

/** Every life, each followed by its chosen variants. */
export function jobsOf(lives: Life[], { seed, limit }: Pick<Options, 'seed' | 'limit'>): Job[] {
  return lives.flatMap((life) => [
    { life },
    ...chosenVariants(life.history, seed, limit).map((variant) => ({ life, variant })),
  ]);
}

/**
 * Replays the same histories on both builds, each at the same time on both, and compares what the code did. A variant counts when BASE
 * replays it.
 */
export async function compareBuilds(
  base: Pick<Build, 'bundle'>,
  head: Pick<Build, 'bundle'>,
  jobs: Job[],
  options: Omit<Options, 'limit'>,
): Promise<LifeResult[]> {
  const results = new Map<Life, LifeResult>();
  const made = new Map<Job, RecordedHistory>();
  const [onBase, onHead] = [base, head].map(({ bundle }) =>
    replayEach(historiesOf(jobs, made), bundle, answersWithinMs),
  ) as [Replays, Replays];
  try {
    for (const job of jobs) {
      const { life, variant } = job;
      const [before, now] = await Promise.all([onBase.next(), onHead.next()]);
      options.onReplayed?.();
      const result = results.get(life) ?? emptyResult(life);
      results.set(life, result);
      const found = note(result, variant, before.value as Outcome, now.value as Outcome);
      if (found) await options.onFound?.(historyOf(job, made), found);
      made.delete(job);
    }
  } finally {
    await Promise.all([onBase.return(undefined), onHead.return(undefined)]);
  }
  for (const { findings } of results.values()) {
    findings.sort((a, b) => (worse(a.verdict, b.verdict) === a.verdict ? -1 : 1));
  }
  return [...results.values()];
}

/** The SDK's native part may give no answer for what a code does. It is given up then. */
const answersWithinMs = 20_000;

type Outcome = Replayed | Failed;
type Replays = AsyncGenerator<Outcome>;

// eslint-disable-next-line @typescript-eslint/require-await -- the reader takes histories that may come later.
async function* historiesOf(jobs: Job[], made: Map<Job, RecordedHistory>): AsyncGenerator<RecordedHistory> {
  for (const job of jobs) yield historyOf(job, made);
}

/** @param made what was made for one of the builds, and what the other build still needs. */
function historyOf(job: Job, made: Map<Job, RecordedHistory>): RecordedHistory {
  const { life, variant } = job;
  const history = made.get(job) ?? (variant ? variant.make(life.history.name) : life.history);
  made.set(job, history);
  return history;
}

/** Unset if the run has not begun. */
function traceOf(outcome: Outcome): Trace | undefined {
  return isFailed(outcome) ? { commands: [], activations: [], error: outcome.reason } : outcome.trace;
}

function emptyResult({ history, from }: Life): LifeResult {
  const began = defined({ began: begunWith(history) });
  return { life: history.name, from, ...began, verdict: 'the same', variants: 0, uncounted: 0, findings: [] };
}

/** @returns the recipe, when this is the first history of the life to show something. */
function note(result: LifeResult, variant: Variant | undefined, before: Outcome, now: Outcome): string | undefined {
  const [base, head] = [traceOf(before), traceOf(now)];
  if (!base || !head) return undefined;
  const { verdict, difference } = judge(base, head);
  if (variant && (verdict === 'new' || verdict === 'replays nowhere')) {
    result.uncounted += 1;
    return undefined;
  }
  if (variant) result.variants += 1;
  result.verdict = worse(result.verdict, verdict);
  if (verdict === 'new') Object.assign(result, defined({ noWayBack: compareTraces(head, base) }));
  const shown = difference ?? (verdict === 'replays nowhere' && !isFailed(now) ? now.difference : undefined);
  if (!shown) return undefined;
  const same = result.findings.find(
    (each) => each.verdict === verdict && each.difference.kind === shown.kind && each.difference.step === shown.step,
  );
  if (same) {
    same.count += 1;
    return undefined;
  }
  const recipe = variant ? `${variant.kind}@${variant.place}` : 'as recorded';
  result.findings.push({
    verdict,
    difference: shown,
    variant: recipe,
    what: variant?.what ?? 'the history as it was recorded',
    count: 1,
  });
  return isSafe(verdict) ? undefined : recipe;
}
