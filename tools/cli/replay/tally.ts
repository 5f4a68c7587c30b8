import { defined } from '../../../contracts/defined.js';
import { isHarmless, type Difference } from './difference.js';
import { isFailed, type Failed } from './read-ahead.js';
import type { Replayed } from './run.js';

export type Verdict = 'right' | 'wrong' | 'skipped' | 'failed';

/** Runs that break at the same place. */
interface Broken {
  step?: string;
  kind: Difference['kind'];
  workflowIds: string[];
}

export type Counts = Record<Verdict, number>;

/** How many ids of a place are printed. `--json` has all. */
const shown = 20;

/** Counts what became of histories, open and closed runs apart. */
export class Tally {
  readonly #counts = { open: noneYet(), closed: noneYet() };
  readonly #broken = { open: new Map<string, Broken>(), closed: new Map<string, Broken>() };
  #unknown = 0;

  /** Call it with each outcome. */
  note(outcome: Replayed | Failed): Verdict {
    const verdict = verdictOn(outcome);
    const isOpen = isFailed(outcome) ? outcome.isOpen : outcome.history.isOpen;
    if (isOpen === undefined) {
      this.#unknown += 1;
      return verdict;
    }
    const state = isOpen ? 'open' : 'closed';
    this.#counts[state][verdict] += 1;
    if (verdict === 'wrong' && !isFailed(outcome)) {
      const { step, kind, eventId } = outcome.difference!;
      const place = placeOf(step ?? (eventId === undefined ? undefined : `event ${eventId}`), kind);
      const known = this.#broken[state].get(place) ?? { ...defined({ step }), kind, workflowIds: [] };
      known.workflowIds.push(outcome.history.workflowId);
      this.#broken[state].set(place, known);
    }
    return verdict;
  }

  get total(): Counts {
    const { open, closed } = this.#counts;
    const sum = (verdict: Verdict) => open[verdict] + closed[verdict];
    return {
      right: sum('right'),
      wrong: sum('wrong'),
      skipped: sum('skipped'),
      failed: sum('failed') + this.#unknown,
    };
  }

  /** For `--json`. */
  plain(): object {
    const of = (state: 'open' | 'closed') => ({
      ...this.#counts[state],
      broken: [...this.#broken[state].values()],
    });
    return { ...this.total, open: of('open'), closed: of('closed') };
  }

  /**
   * How many open runs would break, at which step, and which ones; and the same of the closed runs.
   *
   * @param total of the runs on the server. If it stopped answering, some were not read.
   */
  render(total: number): string {
    const { right, wrong, skipped, failed } = this.total;
    const unread = failed === 0 ? 0 : total - (right + wrong + skipped + failed);
    return (
      this.#lines('open', 'would break with this code') +
      this.#lines('closed', 'differ') +
      (unread > 0 ? `${unread} more runs were not read\n` : '')
    );
  }

  #lines(state: 'open' | 'closed', verb: string): string {
    const { right, wrong, skipped, failed } = this.#counts[state];
    const places = [...this.#broken[state]].map(([place, { workflowIds }]) => {
      const more = workflowIds.length > shown ? `, and ${workflowIds.length - shown} more (--json has all)` : '';
      return `        at ${place}: ${workflowIds.slice(0, shown).join(', ')}${more}\n`;
    });
    const others = [...this.#broken[state].values()].filter(({ kind }) => kind === 'inputs');
    const other = state === 'open' ? others.reduce((sum, { workflowIds }) => sum + workflowIds.length, 0) : 0;
    const instead = other ? `, ${other} would send a service something else` : '';
    const rest = `${instead}${skipped ? `, ${skipped} skipped` : ''}${failed ? `, ${failed} not read or replayed` : ''}`;
    return `${wrong - other} of ${right + wrong + skipped + failed} ${state} runs ${verb}${rest}\n${places.join('')}`;
  }
}

const noneYet = (): Counts => ({ right: 0, wrong: 0, skipped: 0, failed: 0 });

const placeOf = (step: string | undefined, kind: Difference['kind']): string =>
  `${step ?? 'an unknown step'} (${kind})`;

function verdictOn(outcome: Replayed | Failed): Verdict {
  if (isFailed(outcome)) return 'failed';
  const { skipped, difference } = outcome;
  if (skipped !== undefined) return 'skipped';
  if (difference?.kind === 'file') return 'failed';
  return !difference || isHarmless(difference) ? 'right' : 'wrong';
}
