import { writeFile } from 'node:fs/promises';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { defined } from '../../../contracts/defined.js';
import { showCount } from '../../progress.js';
import { CannotRun, exit, type ExitStatus } from '../command.js';
import { replayBundle } from './bundle.js';
import { replayEach } from './each.js';
import { filesOf, readFiles, requireWritable } from './files.js';
import { Pace } from './pace.js';
import { isFailed, type Failed } from './read-ahead.js';
import { plainReport, renderReport } from './report.js';
import type { Replayed } from './run.js';
import { pullHistories } from './server.js';
import { Tally } from './tally.js';
import type { ServerOptions } from './target.js';

const committed = 'test/replay/histories';

export interface ReplayOptions {
  /** Files, folders and patterns. Default: the committed histories. */
  named?: readonly string[];
  /** Replays the runs on this Temporal server instead of files. */
  server?: ServerOptions;
  /** Also writes the results to this file. */
  json?: string;
  /** Default: the workflow code of this checkout. */
  bundle?: WorkflowBundleOption;
  /** How long the SDK may take for a history. */
  withinMs?: number;
  /** Prints the results for people. Default: to standard output. */
  print?: (text: string) => void;
}

/**
 * Replays histories and reports each.
 *
 * @returns `wrong` if one differs; else `couldNotRun` if one could not be read or replayed, or if there was nothing to compare.
 * @throws {CannotRun} when an argument is wrong, before anything is replayed.
 */
export async function replayAll(options: ReplayOptions): Promise<ExitStatus> {
  const { named = [], server, json, withinMs } = options;
  if (server && named.length) throw new CannotRun('name files, or a server with --address, but not both');
  if (json !== undefined) await requireWritable(json);
  const pulled = server && (await pullHistories(server));
  try {
    const histories = pulled?.histories ?? readFiles(await filesOf(named.length ? named : [committed]));
    const bundle = options.bundle ?? (await replayBundle());
    return await report(replayEach(histories, bundle, withinMs), options, pulled?.total);
  } finally {
    await pulled?.close();
  }
}

/** @param total of the runs on a server. Only these have a progress bar. */
async function report(
  outcomes: AsyncIterable<Replayed | Failed>,
  { json, print = (text) => process.stdout.write(text) }: ReplayOptions,
  total: number | undefined,
): Promise<ExitStatus> {
  const tally = new Tally();
  const pace = new Pace();
  const results: object[] = [];
  const progress = total === undefined ? undefined : showCount('runs', total);
  // On a terminal, the bar stands for the runs that are ok.
  const isBrief = progress && process.stderr.isTTY && process.stdout.isTTY;
  try {
    for await (const outcome of outcomes) {
      const verdict = tally.note(outcome);
      pace.note();
      progress?.countOne();
      if (!isBrief || verdict !== 'right') {
        progress?.clear();
        print(render(outcome));
      }
      if (json !== undefined) results.push(plain(outcome));
    }
  } finally {
    progress?.stop();
  }
  const { right, wrong, skipped, failed } = tally.total;
  print(
    `${right} of ${right + wrong + skipped + failed} histories replay as they were recorded` +
      `${skipped ? `, ${skipped} skipped` : ''}${failed ? `, ${failed} could not be read or replayed` : ''}\n` +
      `${total === undefined ? '' : tally.render(total)}${pace.render()}`,
  );
  if (json !== undefined) {
    await writeFile(json, `${JSON.stringify({ ...pace.plain(), ...tally.plain(), results }, null, 2)}\n`);
  }
  if (wrong > 0) return exit.wrong;
  return failed === 0 && right > 0 ? exit.right : exit.couldNotRun;
}

function render(outcome: Replayed | Failed): string {
  return isFailed(outcome) ? `error   ${outcome.name}: ${outcome.reason}\n` : renderReport(outcome);
}

function plain(outcome: Replayed | Failed): object {
  if (isFailed(outcome)) {
    const { name, kind, reason } = outcome;
    return { file: name, error: { kind, reason } };
  }
  const { runId, isOpen } = outcome.history;
  return { ...plainReport(outcome), ...defined({ runId }), open: isOpen };
}
