import { forEachOrder, judgeMoving, type Invariant } from '../invariant.js';
import type { Run, StepView, View } from '../observation.js';
import { isEnded, isOpen, lastRunOf } from '../order-facts.js';
import { isAnsweredBlindly } from '../restarts.js';
import { inTurn } from '../views-in-turn.js';

/** The order book. */

const bookAsTheRuns: Invariant = forEachOrder({
  name: 'book-as-the-runs',
  formula:
    'view in the book = the answer of the order’s own run (without revision and updatedAt), and the same for its returns and late payments',
  needs: ['runs', 'book'],
  verify: (order, verdict, context) => {
    const run = lastRunOf(order);
    if (!run) return;
    const ofTheRun = run.view;
    const row = order.book;
    if (!ofTheRun) {
      // A run that was ended from outside has no answer, and neither has one that could not settle the order.
      if (isOpen(run)) verdict.cannotTell(order.id, 'its run has not answered');
      return;
    }
    const different = row?.view ? differenceOf(ofTheRun, row.view) : 'the book does not have it';
    const more =
      different ??
      missingReturn(order.returnRuns, row?.returns ?? []) ??
      missingLate(order.latePaymentRuns, row?.latePayments ?? []);
    if (more === undefined) return verdict.holds();
    // What an open run shows may be on its way to the book.
    if (isOpen(run)) return judgeMoving(order.id, more, verdict, context);
    verdict.violated(order.id, more);
  },
});

/** The first field in which two views differ. */
function differenceOf(run: View, book: View): string | undefined {
  const names = new Set([...Object.keys(run), ...Object.keys(book)] as (keyof View)[]);
  for (const name of names) {
    // The book numbers revisions itself, and a view has the time when it was made.
    if (name === 'revision' || name === 'updatedAt') continue;
    // Another worker that replays an open run finds its steps at slightly other times.
    const [ofRun, ofBook] =
      name === 'steps' && !isEnded(run.status)
        ? [run, book].map(({ steps }) => steps.map(untimed))
        : [run[name], book[name]];
    if (!isSame(ofRun, ofBook)) {
      return `${name}: the run says ${short(run[name])}, the book ${short(book[name])}`;
    }
  }
  return undefined;
}

function untimed({ startedAt: _startedAt, finishedAt: _finishedAt, dueAt: _dueAt, ...step }: StepView): object {
  return step;
}

function missingReturn(runs: readonly Run[], inBook: readonly { id: string }[]): string | undefined {
  const known = new Map(inBook.map((back) => [back.id, back]));
  const newest = new Map<string, { id: string }>();
  for (const run of runs) for (const back of run.returns ?? []) newest.set(back.id, back);
  for (const back of newest.values()) {
    const found = known.get(back.id);
    if (!found) return `the return ${back.id} is not in the book`;
    if (!isSame(back, found)) return `return ${back.id}: the run says ${short(back)}, the book ${short(found)}`;
  }
  return undefined;
}

function missingLate(runs: readonly Run[], inBook: readonly string[]): string | undefined {
  for (const run of runs) {
    const missing = run.latePayments?.find(({ id }) => !inBook.includes(id));
    if (missing) return `the late payment ${missing.id} is not in the book`;
  }
  return undefined;
}

/** Whether two values are the same JSON, whatever the order of their fields. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = Object.keys(left).filter((name) => left[name] !== undefined);
  const others = Object.keys(right).filter((name) => right[name] !== undefined);
  return names.length === others.length && names.every((name) => isSame(left[name], right[name]));
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

const revisionsGrow: Invariant = forEachOrder({
  name: 'revisions-grow',
  formula:
    'answer a was there before b was asked => revision(a) <= revision(b) <= revision in the book (after a restart of the API: counted apart)',
  needs: ['answers'],
  verify: (order, verdict, context) => {
    let highest = 0;
    for (const { before, answer } of inTurn(order.answers)) {
      highest = Math.max(highest, answer.view.revision);
      if (!before) continue;
      const [from, to] = [before.view.revision, answer.view.revision];
      const what = from <= to ? undefined : `${answer.kind}: revision ${to} after ${from}`;
      if (what !== undefined && isAnsweredBlindly(context.observation, before, answer)) {
        verdict.limited(order.id, what, 'after a restart of the API');
      } else verdict.judge(order.id, what);
    }
    const stored = order.book?.view ? order.book.revision : undefined;
    if (stored !== undefined && highest > 0) {
      verdict.judge(
        order.id,
        highest <= stored ? undefined : `revision ${highest} was answered, the book has ${stored}`,
      );
    }
  },
});

export const book = [bookAsTheRuns, revisionsGrow];
