import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { Command } from 'commander';
import { CannotRun, command, exit, runCommand, type ExitStatus } from './command.js';
import { replayBundle } from './replay/bundle.js';
import { readHistory, type RecordedHistory } from './replay/history.js';
import { plainReport, renderReport } from './replay/report.js';
import { replay, type Replayed } from './replay/run.js';

const committed = 'test/replay/histories';

async function replayFiles(files: string[], json: string | undefined): Promise<ExitStatus> {
  const histories: RecordedHistory[] = [];
  for (const file of files.length ? files : await committedHistories()) histories.push(await readHistory(file));
  // The SDK's own output about a failed replay is hard to read. The report below explains it.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'OFF' } },
  });
  const outcomes: Replayed[] = [];
  for await (const outcome of replay(histories, await replayBundle())) {
    outcomes.push(outcome);
    process.stdout.write(renderReport(outcome));
  }
  const skipped = outcomes.filter((outcome) => outcome.skipped !== undefined).length;
  const wrong = outcomes.filter(({ difference }) => difference !== undefined).length;
  const right = outcomes.length - skipped - wrong;
  process.stdout.write(
    `${right} of ${outcomes.length} histories replay as they were recorded${skipped ? `, ${skipped} skipped` : ''}\n`,
  );
  if (json !== undefined) await writeFile(json, `${JSON.stringify(outcomes.map(plainReport), null, 2)}\n`);
  if (wrong > 0) return exit.wrong;
  return right > 0 ? exit.right : exit.couldNotRun;
}

async function committedHistories(): Promise<string[]> {
  const names = await readdir(committed).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json')).sort();
  if (!files.length) {
    throw new CannotRun(
      `there are no histories in ${committed}; run this in the folder of the checkout, or name files`,
    );
  }
  return files.map((name) => join(committed, name));
}

const program = command('replay', 'Replays recorded histories with the workflow code of this checkout.', new Command())
  .argument('[FILE...]', `histories as Temporal's JSON (default: ${committed}/*.json)`)
  .option('--json <FILE>', 'also write the results to this file, as JSON');

await runCommand(program, async () => {
  program.parse();
  return replayFiles(program.args, program.opts<{ json?: string }>().json);
});
// A replay that never answers keeps this program alive in the SDK's native part. All else ends before this.
setTimeout(() => process.exit(), 5_000).unref();
