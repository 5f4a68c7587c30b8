import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { relative, resolve } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import type { RecordedHistory } from '../replay/history.js';
import { endsAtOnce, quieten } from '../replay/quieten.js';
import { branchesIn, statementsIn, type CodePart } from './code-parts.js';
import { embeddedMap, lineStarts, positionsOf, type Position } from './source-map.js';

/** How much of a file of workflows/ runs while histories are replayed. */
export interface FileCoverage {
  file: string;
  statements: { all: number; run: number };
  branches: Branch[];
}

export interface Branch {
  /** `FILE FUNCTION: TEXT`, which stays the same when lines move. */
  id: string;
  line: number;
  isTaken: boolean;
}

/**
 * Replays the histories in this thread, and asks V8 which parts of the workflow code ran.
 *
 * @throws {Error} when a history does not replay.
 */
export async function codeCoverageOf(histories: readonly RecordedHistory[]): Promise<FileCoverage[]> {
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: resolve('workflows/index.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  quieten(endsAtOnce);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const runs = histories.map(({ workflowId, proto }) => ({ workflowId, history: proto }));
  // A replay runs the workflow code in this thread, where the inspector sees it.
  for await (const { error, workflowId } of Worker.runReplayHistories({ workflowBundle }, runs)) {
    if (error) throw new Error(`${workflowId} does not replay`, { cause: error });
  }
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  const scripts = result.filter(({ url }) => /workflow-(bundle|isolate)/.test(url));
  const counts = countsOf(
    workflowBundle.code,
    scripts.flatMap(({ functions }) => functions),
  );
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, positions]) => fileCoverage(file, positions));
}

interface Counted extends Position {
  count: number;
}

type Functions = { ranges: { startOffset: number; endOffset: number; count: number }[] }[];

/** How often each position of each file of workflows/ ran. */
function countsOf(code: string, functions: Functions): Map<string, Counted[]> {
  const map = embeddedMap(code);
  const counts = new Uint32Array(code.length);
  // Outer ranges come before inner ones. A script that was loaded more than once is reported once for each, so the sum would be wrong: the
  // larger count tells that the part ran.
  const ranges = functions
    .flatMap((each) => each.ranges)
    .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of ranges) counts.fill(count, startOffset, endOffset);
  const starts = lineStarts(code);
  const files = new Map<string, Counted[]>();
  for (const { generatedLine, generatedColumn, source, ...position } of positionsOf(map.mappings)) {
    const file = relative(
      '.',
      map.sources[source]!.replace(/^webpack:\/\/[^/]*\//, '').replace(/^.*?(?=workflows\/)/, ''),
    );
    if (!file.startsWith('workflows/') || !/\.ts$/.test(file)) continue;
    const count = counts[starts[generatedLine]! + generatedColumn]!;
    const known = files.get(file);
    if (known) known.push({ ...position, count });
    else files.set(file, [{ ...position, count }]);
  }
  return files;
}

function fileCoverage(file: string, positions: Counted[]): FileCoverage {
  const source = readFileSync(file, 'utf8');
  const ran = (part: CodePart): boolean | undefined => {
    const inside = positions.filter((each) => isWithin(each, part));
    if (inside.length === 0) return undefined;
    const first = inside.reduce((a, b) => (isBefore(b, a) ? b : a));
    return inside.some((each) => each.line === first.line && each.column === first.column && each.count > 0);
  };
  const judge = (parts: CodePart[]) =>
    parts.map((part) => ({ part, ran: ran(part) })).filter((each) => each.ran !== undefined);
  const statements = judge(statementsIn(file, source));
  return {
    file,
    statements: { all: statements.length, run: statements.filter((each) => each.ran).length },
    branches: judge(branchesIn(file, source)).map(({ part: { start, what, within }, ran: isTaken }) => ({
      id: `${file} ${within}: ${what}`,
      line: start.line + 1,
      isTaken: isTaken === true,
    })),
  };
}

function isBefore(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}

function isWithin(position: Position, { start, end }: CodePart): boolean {
  return !isBefore(position, start) && isBefore(position, end);
}
