import { kindOf } from './edit.js';
import { exceptions } from './exceptions.js';
import type { Judged } from './run.js';

const isUnsafe = ({ edit }: Judged): boolean => edit.truth === 'unsafe' || edit.truth === 'inputs';

/** `caught`, `missed`, and so on: what the gate made of an edit. */
function outcomeOf(judged: Judged): 'caught' | 'missed' | 'passed' | 'flagged' {
  if (isUnsafe(judged)) return judged.isRight ? 'caught' : 'missed';
  return judged.isRight ? 'passed' : 'flagged';
}

/** One line of the table of results. */
export function renderRow(judged: Judged): string {
  const { edit, judgement, isRight } = judged;
  const named = isUnsafe(judged) && isRight && edit.names.length > 0 ? (judgement.isNamed ? 'named' : 'not named') : '';
  const exception = !isRight && exceptions[edit.name] !== undefined ? ', listed' : '';
  const cells = [edit.name.padEnd(52), edit.truth.padEnd(9), judgement.verdict.padEnd(9), named.padEnd(9)];
  return `${cells.join(' ')} ${outcomeOf(judged)}${exception}`;
}

/** What the gate said, where it was wrong or did not name the step. */
export function renderReason({ edit, judgement, isRight }: Judged): string | undefined {
  if (isRight && (judgement.isNamed || judgement.verdict === 'same' || judgement.verdict === 'view only')) {
    return undefined;
  }
  const said =
    judgement.says === undefined ? 'every life is the same' : `${judgement.life}: ${judgement.says.slice(0, 300)}`;
  const listed = exceptions[edit.name];
  return `    ${said}\n    ${edit.why}${listed === undefined ? '' : `\n    listed: ${listed}`}`;
}

/** Totals by kind. */
export function renderTotals(all: readonly Judged[]): string {
  const kinds = [...new Set(all.map(({ edit }) => kindOf(edit)))];
  const rows = [...kinds, 'all'].map((kind) => {
    const of = all.filter(({ edit }) => kind === 'all' || kindOf(edit) === kind);
    const unsafe = of.filter(isUnsafe);
    const caught = unsafe.filter(({ isRight }) => isRight);
    const named = caught.filter(({ edit, judgement }) => judgement.isNamed || edit.names.length === 0);
    const others = of.filter((each) => !isUnsafe(each));
    const flagged = others.filter(({ isRight }) => !isRight);
    const cells = [`${caught.length} of ${unsafe.length}`, `${named.length}`, `${flagged.length} of ${others.length}`];
    return `| ${[kind.padEnd(12), ...cells.map((cell) => cell.padEnd(14))].join(' | ')} |`;
  });
  const head = ['kind        ', 'unsafe: caught', 'step named    ', 'safe: flagged '];
  return [`| ${head.join(' | ')} |`, `| ${head.map((cell) => '-'.repeat(cell.length)).join(' | ')} |`, ...rows].join(
    '\n',
  );
}

/** Edits that are judged wrongly, and are not listed. */
export function unexpectedOf(all: readonly Judged[]): Judged[] {
  return all.filter(({ edit, isRight }) => !isRight && exceptions[edit.name] === undefined);
}

/** Edits that are listed, and are judged rightly: their exceptions can go. */
export function outdatedOf(all: readonly Judged[]): Judged[] {
  return all.filter(({ edit, isRight }) => isRight && exceptions[edit.name] !== undefined);
}
