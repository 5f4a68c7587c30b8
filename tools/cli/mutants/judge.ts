import type { WorkflowBundle } from '@temporalio/worker';
import { isSafe, judge as verdictOn } from '../deploy/verdict.js';
import type { Difference } from '../replay/difference.js';
import type { Truth } from './edit.js';
import type { Candidate } from './lives.js';
import { Replayer } from './replayer.js';

/** What the gate says of an edit. */
export interface Judgement {
  verdict: 'breaks' | 'inputs' | 'view only' | 'same';
  /** The life that differs, or the variant of it. */
  life?: string;
  /** What its report says. */
  says?: string;
  /** The report names one of the edit's steps. */
  isNamed: boolean;
  /** How many histories were replayed. */
  replayed: number;
}

export interface JudgeOptions {
  /** At most so many histories are replayed for each edit. */
  limit: number;
  /** Called after each. */
  onReplayed?: () => void;
}

/**
 * Replays histories with the code of an edit, and compares what it does, until one of them says what is wrong and where.
 *
 * @param names what the report should name; without any, the first report is as good as another.
 */
export async function judge(
  names: readonly string[],
  bundle: WorkflowBundle,
  histories: readonly Candidate[],
  { limit, onReplayed }: JudgeOptions,
): Promise<Judgement> {
  let found: Judgement = { verdict: 'same', isNamed: false, replayed: 0 };
  let [replayed, sinceRed] = [0, 0];
  const head = new Replayer(bundle);
  try {
    for (const { name, traced } of histories) {
      if (replayed >= limit || sinceRed >= forAName) break;
      const before = await traced();
      if (!before) continue;
      const now = await head.trace(before.history);
      replayed += 1;
      onReplayed?.();
      if (isRed(found)) sinceRed += 1;
      if (!now) continue;
      const { verdict, difference } = verdictOn(before.trace, now);
      if (!difference) continue;
      const says = sayingOf(difference);
      const isNamed = names.length === 0 || names.some((each) => says.includes(each));
      const next = { verdict: isSafe(verdict) ? harmless(difference) : harmful(difference), life: name, says, isNamed };
      if (rank(next) > rank(found)) found = { ...next, replayed };
      if (isRed(found) && found.isNamed) break;
    }
  } finally {
    await head.close();
  }
  return { ...found, replayed };
}

/** So many more histories are replayed for a report that names the step. */
const forAName = 20;

/** The gate stops the deploy. */
function isRed({ verdict }: Pick<Judgement, 'verdict'>): boolean {
  return verdict === 'breaks' || verdict === 'inputs';
}

/** Whether the gate does what it should. That a view differs may be said or not: it stops nobody. */
export function isRight(truth: Truth, judgement: Judgement): boolean {
  return isRed(judgement) === (truth === 'unsafe' || truth === 'inputs');
}

function rank({ verdict, isNamed }: Pick<Judgement, 'verdict' | 'isNamed'>): number {
  return { same: 0, 'view only': 2, inputs: 4, breaks: 4 }[verdict] + (isNamed ? 1 : 0);
}

const harmless = ({ kind }: Difference): Judgement['verdict'] => (kind === 'view only' ? kind : 'same');

const harmful = ({ kind }: Difference): Judgement['verdict'] => (kind === 'inputs' ? kind : 'breaks');

function sayingOf({ kind, step, recorded, now }: Difference): string {
  return `${kind}${step === undefined ? '' : `, at ${step}`}: ${recorded}, now ${now}`.replaceAll('\n', ' ');
}
