import type { OrderView } from '../../../contracts/order.js';
import type { Undo } from './life.js';

/** The bars of a run's steps on a time axis that folds what is idle. */

interface Bar {
  id: string;
  /** Percent of the axis. */
  left: number;
  width: number;
  /** Where the step should have ended; percent of the axis. */
  expected: number | undefined;
  ms: number;
  expectedMs: number | undefined;
  waits: boolean;
  /** Before the end of the run: of the chain that has taken longest so far. */
  isCritical: boolean;
  isOpen: boolean;
  /** When it was undone; percent of the axis. */
  undo: { left: number; width: number; ms: number } | undefined;
}

export interface TimelineFacts {
  /** What the definition expects of a step. */
  expectedMs: (stepId: string) => number | undefined;
  /** Whether a step waits for somebody. */
  waits: (stepId: string) => boolean;
  undos: ReadonlyMap<string, Undo>;
  /** ms since the epoch; up to here go the steps in progress. */
  now: number;
}

export interface Timeline {
  bars: Bar[];
  /** Stretches in which nobody works: drawn short. Percent of the axis. */
  folds: { left: number; width: number; ms: number }[];
  totalWorkMs: number;
  makespanMs: number;
  /** W / makespan; 1 where there is no work. */
  speedUp: number;
}

interface Span {
  id: string;
  from: number;
  to: number;
  waits: boolean;
  isOpen: boolean;
}

/** A folded stretch is at most as wide as this part of all work, and all of them together as the other part. */
const foldedPart = 0.15;
const allFoldedPart = 0.45;

export function timelineOf(order: OrderView, { expectedMs: expectedOf, waits, undos, now }: TimelineFacts): Timeline {
  const groups = new Set(order.steps.flatMap(({ group }) => group ?? []));
  const spans = order.steps.flatMap(({ id, startedAt, finishedAt, state }): Span[] => {
    if (startedAt === undefined || groups.has(id)) return [];
    const isOpen = finishedAt === undefined && ['running', 'waiting', 'failed', 'undoing'].includes(state);
    const to = finishedAt === undefined ? (isOpen ? now : Date.parse(startedAt)) : Date.parse(finishedAt);
    const from = Date.parse(startedAt);
    return [{ id, from, to: Math.max(from, to), waits: waits(id) || state === 'waiting', isOpen }];
  });
  if (spans.length === 0) return { bars: [], folds: [], totalWorkMs: 0, makespanMs: 0, speedUp: 1 };
  const undone = new Map(
    [...undos].map(([id, { from, to }]) => [id, { from: Date.parse(from), to: Date.parse(to), waits: false }]),
  );
  const axis = axisOf([...spans, ...undone.values()]);
  const critical = new Set(order.timing?.criticalPath ?? criticalSoFar(order.steps, spans));
  const bars = spans
    .sort((a, b) => a.from - b.from)
    .map(({ id, from, to, waits, isOpen }): Bar => {
      const expectedMs = expectedOf(id);
      const left = axis.at(from);
      const undo = undone.get(id);
      return {
        id,
        left,
        width: axis.at(to) - left,
        expected: expectedMs === undefined ? undefined : axis.at(from + expectedMs),
        ms: to - from,
        expectedMs,
        waits,
        isCritical: critical.has(id),
        isOpen,
        undo: undo && {
          left: axis.at(undo.from),
          width: axis.at(undo.to) - axis.at(undo.from),
          ms: undo.to - undo.from,
        },
      };
    });
  const measured = order.timing ?? {
    totalWorkMs: spans.reduce((sum, { from, to }) => sum + to - from, 0),
    makespanMs: Math.max(...spans.map(({ to }) => to)) - Math.min(...spans.map(({ from }) => from)),
  };
  const { totalWorkMs, makespanMs } = measured;
  return { bars, folds: axis.folds, totalWorkMs, makespanMs, speedUp: makespanMs === 0 ? 1 : totalWorkMs / makespanMs };
}

/** The critical path of a run under way, by the rule of `timing`: from the step that ends last back over the dependency that ended last. */
function criticalSoFar(steps: OrderView['steps'], spans: readonly Span[]): string[] {
  const stepOf = new Map(steps.map((step) => [step.id, step]));
  const spanOf = new Map(spans.map((span) => [span.id, span]));
  // A group stands for the steps of its branches, and a step that did not run for its own dependencies.
  const ranBefore = (id: string): Span[] => {
    const span = spanOf.get(id);
    if (span) return [span];
    const inside = steps.filter(({ group }) => group === id).flatMap((step) => spanOf.get(step.id) ?? []);
    return inside.length > 0 ? inside : (stepOf.get(id)?.dependsOn.flatMap(ranBefore) ?? []);
  };
  const lastOf = (some: readonly Span[]) =>
    some.reduce<Span | undefined>((a, b) => (a && a.to >= b.to ? a : b), undefined);
  const path: string[] = [];
  for (let at = lastOf(spans); at;) {
    const { id, from } = at;
    path.push(id);
    at = lastOf(
      stepOf
        .get(id)!
        .dependsOn.flatMap(ranBefore)
        .filter(({ to }) => to <= from),
    );
  }
  return path;
}

interface Axis {
  /** Percent of the axis; times outside of it are at its ends. */
  at: (time: number) => number;
  folds: Timeline['folds'];
}

function axisOf(spans: readonly Pick<Span, 'from' | 'to' | 'waits'>[]): Axis {
  const points = [...new Set(spans.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const pieces = points.slice(1).map((to, index) => {
    const from = points[index]!;
    const isWork = spans.some((span) => !span.waits && span.from < to && span.to > from);
    return { from, to, ms: to - from, isWork };
  });
  const work = pieces.reduce((sum, { ms, isWork }) => sum + (isWork ? ms : 0), 0);
  const idle = pieces.reduce((sum, { ms, isWork }) => sum + (isWork ? 0 : ms), 0);
  const idles = pieces.filter(({ isWork }) => !isWork).length;
  const most = work > 0 ? work * Math.min(foldedPart, allFoldedPart / idles) : idle;
  let total = 0;
  const scaled = pieces.map((piece) => {
    const isFolded = !piece.isWork && piece.ms > most;
    const start = total;
    total += isFolded ? most : piece.ms;
    return { ...piece, isFolded, start, length: total - start };
  });
  const percent = (length: number) => (total === 0 ? 0 : (length / total) * 100);
  return {
    at: (time) => {
      const piece = scaled.find(({ from, to }) => time >= from && time <= to);
      if (!piece) return scaled.length === 0 || time < scaled[0]!.from ? 0 : 100;
      return percent(piece.start + (piece.length * (time - piece.from)) / piece.ms);
    },
    folds: scaled
      .filter(({ isFolded }) => isFolded)
      .map(({ start, length, ms }) => ({ left: percent(start), width: percent(length), ms })),
  };
}
