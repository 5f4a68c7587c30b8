import { kindOf, type Truth } from './edit.js';
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

const truths: Truth[] = ['unsafe', 'inputs', 'view only', 'safe'];

/** Totals by kind, and by truth. */
export function renderTotals(all: readonly Judged[]): string {
  const kinds = [...new Set(all.map(({ edit }) => kindOf(edit)))];
  const byKind = [...kinds, 'all'].map((kind) => {
    const of = all.filter(({ edit }) => kind === 'all' || kindOf(edit) === kind);
    const unsafe = of.filter(isUnsafe);
    const caught = unsafe.filter(({ isRight }) => isRight);
    // An edit of no step in particular has none that could be named.
    const withStep = caught.filter(({ edit }) => edit.names.length > 0);
    const named = withStep.filter(({ judgement }) => judgement.isNamed);
    const others = of.filter((each) => !isUnsafe(each));
    const flagged = others.filter(({ isRight }) => !isRight);
    return [
      kind,
      `${of.length}`,
      share(caught, unsafe),
      share(named, withStep),
      others.length === 0 ? '-' : share(flagged, others),
    ];
  });
  const byTruth = truths.map((truth) => {
    const of = all.filter(({ edit }) => edit.truth === truth);
    return [
      truth,
      share(
        of.filter(({ isRight }) => isRight),
        of,
      ),
    ];
  });
  return [
    tableOf(['kind', 'edits', 'unsafe: caught', 'with the step named', 'safe: flagged'], byKind),
    tableOf(['truth', 'judged rightly'], byTruth),
  ].join('\n\n');
}

/** The part of docs/mutants.md about the edits that people made. */
export function renderPage(all: readonly Judged[]): string {
  const wrong = all.filter(({ isRight }) => !isRight);
  const unnamed = all.filter(
    (each) => isUnsafe(each) && each.isRight && each.edit.names.length > 0 && !each.judgement.isNamed,
  );
  const list = (of: readonly Judged[], about: (judged: Judged) => string) =>
    of.map((judged) => wrapped(`- \`${judged.edit.name}\` (${judged.edit.truth}): ${about(judged)}`)).join('\n');
  const exceptional =
    wrong.length === 0
      ? 'No unsafe edit is missed, and no safe one is flagged.'
      : `Judged wrongly:\n\n${list(wrong, ({ edit }) => exceptions[edit.name] ?? `not explained. ${edit.why}`)}`;
  const nameless =
    unnamed.length === 0
      ? ''
      : `\n\nCaught, but the report names another step:\n\n${list(unnamed, ({ edit }) => edit.why)}`;
  const corrected = all.filter(({ edit }) => edit.corrected !== undefined);
  const before =
    corrected.length === 0
      ? ''
      : `\n\nTruths that were wrong at first:\n\n${list(corrected, ({ edit }) => edit.corrected!)}`;
  return `${renderTotals(all)}\n\n${exceptional}${nameless}${before}`;
}

const share = (some: readonly unknown[], all: readonly unknown[]): string =>
  all.length === 0 ? '-' : `${some.length} of ${all.length}`;

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length), 3));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** An item of a list within 120 columns. */
export function wrapped(item: string): string {
  const lines: string[] = [];
  for (const word of item.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= 120) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : `  ${word}`);
  }
  return lines.join('\n');
}

/** Edits that are judged wrongly, and are not listed. */
export function unexpectedOf(all: readonly Judged[]): Judged[] {
  return all.filter(({ edit, isRight }) => !isRight && exceptions[edit.name] === undefined);
}

/** Edits that are listed, and are judged rightly: their exceptions can go. */
export function outdatedOf(all: readonly Judged[]): Judged[] {
  return all.filter(({ edit, isRight }) => isRight && exceptions[edit.name] !== undefined);
}
