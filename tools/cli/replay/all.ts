import { writeFile } from 'node:fs/promises';
import { DefaultLogger, Runtime, type WorkflowBundleOption } from '@temporalio/worker';
import { recordStackTraces } from '../../../src/worker/stack-traces.js';
import { exit, type ExitStatus } from '../command.js';
import { replayBundle } from './bundle.js';
import { isHarmless } from './difference.js';
import { replayEach } from './each.js';
import { filesOf, readFiles, requireWritable } from './files.js';
import { Pace } from './pace.js';
import { isFailed } from './read-ahead.js';
import { plainReport, renderReport } from './report.js';
import type { Replayed } from './run.js';

const committed = 'test/replay/histories';

export interface ReplayOptions {
  /** Files, folders and patterns. Default: the committed histories. */
  named: readonly string[];
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
  const { named, json, withinMs, print = (text) => process.stdout.write(text) } = options;
  if (json !== undefined) await requireWritable(json);
  const files = await filesOf(named.length ? named : [committed]);
  const bundle = options.bundle ?? (await replayBundle());
  quieten();
  const count = { right: 0, wrong: 0, skipped: 0, failed: 0 };
  const results: object[] = [];
  const pace = new Pace();
  for await (const outcome of replayEach(readFiles(files), bundle, withinMs)) {
    pace.note();
    if (isFailed(outcome)) {
      const { name, kind, reason } = outcome;
      count.failed += 1;
      print(`error   ${name}: ${reason}\n`);
      results.push({ file: name, error: { kind, reason } });
    } else {
      count[kindOf(outcome)] += 1;
      print(renderReport(outcome));
      results.push(plainReport(outcome));
    }
  }
  const { right, wrong, skipped, failed } = count;
  print(
    `${right} of ${right + wrong + skipped + failed} histories replay as they were recorded` +
      `${skipped ? `, ${skipped} skipped` : ''}${failed ? `, ${failed} could not be read or replayed` : ''}\n${pace.render()}`,
  );
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ ...pace.plain(), ...count, results }, null, 2)}\n`);
  if (wrong > 0) return exit.wrong;
  return failed === 0 && right > 0 ? exit.right : exit.couldNotRun;
}

function kindOf({ skipped, difference }: Replayed): 'right' | 'wrong' | 'skipped' {
  if (skipped !== undefined) return 'skipped';
  return !difference || isHarmless(difference) ? 'right' : 'wrong';
}

let isQuiet = false;

function quieten(): void {
  if (isQuiet) return;
  isQuiet = true;
  Runtime.install({
    // The SDK's own output about a failed replay is hard to read. The report explains it.
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'OFF' } },
    // Nothing needs time to stop: Ctrl-C ends the program at once.
    shutdownSignals: [],
  });
  // Nobody reads them: the report says what the code does instead, and at which event.
  recordStackTraces('off');
}
