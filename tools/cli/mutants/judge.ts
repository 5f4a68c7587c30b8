import type { WorkflowBundle } from '@temporalio/worker';
import { compareTraces } from '../replay/compare-traces.js';
import { isHarmless, type Difference } from '../replay/difference.js';
import type { RecordedHistory } from '../replay/history.js';
import { replay } from '../replay/run.js';
import type { Trace } from '../replay/trace.js';
import type { Edit, Truth } from './edit.js';

/** A history, and what the code without any edit does while it replays it. */
export interface Traced {
  history: RecordedHistory;
  trace: Trace;
}

/** What the gate says of an edit. */
export interface Judgement {
  verdict: 'breaks' | 'inputs' | 'view only' | 'same';
  /** The life that differs. */
  life?: string;
  /** What its report says. */
  says?: string;
  /** The report names one of the edit's steps. */
  isNamed: boolean;
}

/** Replays lives with the code of an edit, and compares what it does, until one of them says what is wrong and where. */
export async function judge(
  { names }: Pick<Edit, 'names'>,
  bundle: WorkflowBundle,
  lives: readonly Traced[],
): Promise<Judgement> {
  let found: Judgement = { verdict: 'same', isNamed: false };
  let index = 0;
  for await (const { history, trace } of replay(
    lives.map((each) => each.history),
    bundle,
  )) {
    const difference = trace && compareTraces(lives[index]!.trace, trace);
    index += 1;
    if (!difference) continue;
    const says = sayingOf(difference);
    const isNamed = names.length === 0 || names.some((name) => says.includes(name));
    const next: Judgement = { verdict: verdictOf(difference), life: history.name, says, isNamed };
    if (rank(next) > rank(found)) found = next;
    if (isRed(found) && found.isNamed) break;
  }
  return found;
}

/** The gate stops the deploy. */
function isRed({ verdict }: Pick<Judgement, 'verdict'>): boolean {
  return verdict === 'breaks' || verdict === 'inputs';
}

/** Whether the gate does what it should. That a view differs may be said or not: it stops nobody. */
export function isRight(truth: Truth, judgement: Judgement): boolean {
  return isRed(judgement) === (truth === 'unsafe' || truth === 'inputs');
}

function rank({ verdict, isNamed }: Judgement): number {
  return { same: 0, 'view only': 2, inputs: 4, breaks: 4 }[verdict] + (isNamed ? 1 : 0);
}

function verdictOf(difference: Difference): Judgement['verdict'] {
  const { kind } = difference;
  if (kind === 'inputs' || kind === 'view only') return kind;
  return isHarmless(difference) ? 'same' : 'breaks';
}

function sayingOf({ kind, step, recorded, now }: Difference): string {
  return `${kind}${step === undefined ? '' : `, at ${step}`}: ${recorded}, now ${now}`.replaceAll('\n', ' ');
}
