import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { showCount } from '../progress.js';
import { CannotRun, command, exit, runCommand, wholeNumber, type ExitStatus } from './command.js';
import type { Edit } from './mutants/edit.js';
import { edits } from './mutants/edits/index.js';
import { generatedEdits, renderGenerated } from './mutants/generated-run.js';
import { judgeGeneratedTogether, judgeTogether } from './mutants/pool.js';
import { outdatedOf, renderReason, renderRow, renderTotals, unexpectedOf } from './mutants/table.js';
import { sampled } from './mutants/sample.js';

interface Options {
  only?: string[];
  sample?: number;
  seed: number;
  generated?: number;
  json?: string;
}

/** Each takes about 500 MB. */
const processes = Math.min(availableParallelism(), 4);

/** @throws {CannotRun} for a name that no edit has, or begins with. */
function chosen({ only, sample, seed }: Options): readonly Edit[] {
  const wrong = only?.find((name) => !edits.some((edit) => edit.name.startsWith(name)));
  if (wrong !== undefined) {
    throw new CannotRun(`no edit has the name ${wrong}; the edits are in tools/cli/mutants/edits`);
  }
  const named = only ? edits.filter((edit) => only.some((name) => edit.name.startsWith(name))) : edits;
  return sample === undefined ? named : sampled(named, sample, seed);
}

async function judgeGenerated(count: number, seed: number): Promise<ExitStatus> {
  const list = await generatedEdits(process.cwd(), count, seed);
  const progress = showCount('edits', list.length);
  const all = await judgeGeneratedTogether(list, processes, () => progress.countOne());
  progress.stop();
  process.stdout.write(renderGenerated(all));
  return exit.right;
}

async function judgeAll(options: Options): Promise<ExitStatus> {
  const list = chosen(options);
  const started = Date.now();
  const progress = showCount('edits', list.length);
  const all = await judgeTogether(list, processes, () => progress.countOne());
  progress.stop();
  for (const judged of all) {
    process.stdout.write(`${renderRow(judged)}\n`);
    const reason = renderReason(judged);
    if (reason !== undefined) process.stdout.write(`${reason}\n`);
  }
  const seconds = (Date.now() - started) / 1000;
  process.stdout.write(`\n${renderTotals(all)}\n\n${list.length} edits in ${seconds.toFixed(0)} s\n`);
  const unexpected = unexpectedOf(all);
  for (const { edit } of unexpected) process.stdout.write(`${edit.name} is judged wrongly\n`);
  for (const { edit } of outdatedOf(all)) {
    process.stdout.write(`${edit.name} is judged rightly: take it out of tools/cli/mutants/exceptions.ts\n`);
  }
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ seconds, edits: all }, null, 2)}\n`);
  }
  return unexpected.length > 0 ? exit.wrong : exit.right;
}

const program = command(
  'mutants',
  'Edits a copy of the workflow code in many ways, and checks what the gate says of each.',
  new Command(),
)
  .option('--only <NAME...>', 'only these edits, by their names or the beginnings of their names')
  .option('--sample <N>', 'only so many edits, chosen by --seed', wholeNumber('--sample'))
  .option('--seed <S>', 'chooses the sample', wholeNumber('--seed'), 1)
  .option(
    '--generated <N>',
    'instead, so many edits that a program makes, chosen by --seed',
    wholeNumber('--generated'),
  )
  .option('--json <FILE>', 'also write the results to this file, as JSON');

await runCommand(program, async () => {
  program.parse();
  const options = program.opts<Options>();
  return options.generated === undefined ? judgeAll(options) : judgeGenerated(options.generated, options.seed);
});
