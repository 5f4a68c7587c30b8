import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { Command } from 'commander';
import { recordStackTraces } from '../../src/worker/stack-traces.js';
import { CannotRun, command, exit, runCommand, type ExitStatus } from './command.js';
import { replayBundle } from './replay/bundle.js';
import { readHistory, type RecordedHistory } from './replay/history.js';
import { Pace } from './replay/pace.js';
import { plainReport, renderReport } from './replay/report.js';
import { replay } from './replay/run.js';

const committed = 'test/replay/histories';

async function replayFiles(files: string[], json: string | undefined): Promise<ExitStatus> {
  const bundle = await replayBundle();
  // The SDK's own output about a failed replay is hard to read. The report below explains it.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'OFF' } },
  });
  // Nobody reads them: the report says what the code does instead, and at which event.
  recordStackTraces('off');
  const count = { right: 0, wrong: 0, skipped: 0 };
  const results: object[] = [];
  const pace = new Pace();
  for await (const outcome of replay(read(files), bundle)) {
    count[outcome.skipped !== undefined ? 'skipped' : outcome.difference ? 'wrong' : 'right'] += 1;
    pace.note();
    process.stdout.write(renderReport(outcome));
    if (json !== undefined) results.push(plainReport(outcome));
  }
  const { right, wrong, skipped } = count;
  process.stdout.write(
    `${right} of ${right + wrong + skipped} histories replay as they were recorded${skipped ? `, ${skipped} skipped` : ''}\n`,
  );
  process.stdout.write(pace.render());
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ ...pace.plain(), results }, null, 2)}\n`);
  if (wrong > 0) return exit.wrong;
  return right > 0 ? exit.right : exit.couldNotRun;
}

/** Reads the files one at a time. */
async function* read(files: string[]): AsyncGenerator<RecordedHistory> {
  for (const file of files) yield await readHistory(file);
}

/** The named files, and the histories in the named folders. A wrong name is told before anything is replayed. */
async function filesOf(named: string[]): Promise<string[]> {
  if (named.length === 0) return historiesIn(committed);
  const files = named.map(async (path) => {
    const found = await stat(path).catch(() => {
      throw new CannotRun(`cannot read ${path}: there is no such file`);
    });
    return found.isDirectory() ? historiesIn(path) : [path];
  });
  return (await Promise.all(files)).flat();
}

async function historiesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json')).sort();
  if (!files.length) {
    throw new CannotRun(`there are no histories in ${folder}; run this in the folder of the checkout, or name files`);
  }
  return files.map((name) => join(folder, name));
}

const program = command('replay', 'Replays recorded histories with the workflow code of this checkout.', new Command())
  .argument('[FILE...]', `histories as Temporal's JSON, or folders of them (default: ${committed})`)
  .option('--json <FILE>', 'also write the results to this file, as JSON');

await runCommand(program, async () => {
  program.parse();
  return replayFiles(await filesOf(program.args), program.opts<{ json?: string }>().json);
});
// A replay that never answers keeps this program alive in the SDK's native part. All else ends before this.
setTimeout(() => process.exit(), 5_000).unref();
