import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { showCount } from '../progress.js';
import { CannotRun, command, exit, runCommand, wholeNumber, type ExitStatus } from './command.js';
import type { Edit } from './mutants/edit.js';
import { edits } from './mutants/edits/index.js';
import type { GeneratedEdit } from './mutants/generate.js';
import { generatedEdits, renderGenerated, renderGeneratedPage, type JudgedGenerated } from './mutants/generated-run.js';
import { writePart } from './mutants/page.js';
import { judgeTogether } from './mutants/pool.js';
import { Results } from './mutants/results.js';
import type { Judged } from './mutants/run.js';
import { sampled } from './mutants/sample.js';
import { outdatedOf, renderPage, renderReason, renderRow, renderTotals, unexpectedOf } from './mutants/table.js';

interface Options {
  only?: string[];
  sample?: number;
  seed: number;
  limit: number;
  generated?: number;
  json?: string;
  resume?: true;
  write?: true;
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

/** Judges what the file of results does not have yet, and returns all in the order of the items. */
async function judgeMissing<Item extends Edit | GeneratedEdit, Answer>(
  items: readonly Item[],
  { limit, json, resume }: Options,
  requestOf: (item: Item) => string | GeneratedEdit,
  hanging: (item: Item) => Answer,
): Promise<Answer[]> {
  const results = await Results.in<Answer>(process.cwd(), json, { goesOn: resume === true, way: `limit ${limit}` });
  const missing = items.filter((item) => results.get(keyOf(item)) === undefined);
  if (missing.length < items.length) {
    process.stderr.write(`${items.length - missing.length} of ${items.length} edits are judged in ${json} already\n`);
  }
  const byRequest = new Map(missing.map((item) => [requestOf(item), item]));
  const progress = showCount('edits', missing.length);
  try {
    await judgeTogether([...byRequest.keys()], { processes, limit }, async (request, judged) => {
      const item = byRequest.get(request)!;
      await results.add(keyOf(item), (judged as Answer | undefined) ?? hanging(item));
      progress.countOne();
    });
  } finally {
    progress.stop();
  }
  return items.map((item) => results.get(keyOf(item))!);
}

/** The name, and a digest of all that belongs to the edit: a changed one is judged again. */
function keyOf(item: Edit | GeneratedEdit): string {
  const digest = createHash('sha256').update(JSON.stringify(item)).digest('hex').slice(0, 8);
  return `${item.name} ${digest}`;
}

async function judgeGenerated(count: number, options: Options): Promise<ExitStatus> {
  const list = await generatedEdits(process.cwd(), count, options.seed);
  const all = await judgeMissing<GeneratedEdit, JudgedGenerated>(
    list,
    options,
    (edit) => edit,
    ({ name, within, what }) => ({ name, within, what, verdict: 'hangs', isReached: true }),
  );
  process.stdout.write(renderGenerated(all));
  if (options.write) await writePart(process.cwd(), 'generated', renderGeneratedPage(all));
  return exit.right;
}

async function judgeAll(options: Options): Promise<ExitStatus> {
  const list = chosen(options);
  const started = Date.now();
  const all = await judgeMissing<Edit, Judged>(list, options, ({ name }) => name, hangs);
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
  if (options.write) await writePart(process.cwd(), 'edits', renderPage(all));
  return unexpected.length > 0 ? exit.wrong : exit.right;
}

function hangs(edit: Edit): Judged {
  const judgement = { verdict: 'breaks', says: 'the code runs in circles', isNamed: false, replayed: 0 } as const;
  return { edit, judgement, isRight: edit.truth === 'unsafe' || edit.truth === 'inputs', ms: 0 };
}

const program = command(
  'mutants',
  'Edits a copy of the workflow code in many ways, and checks what the gate says of each.',
  new Command(),
)
  .option('--only <NAME...>', 'only these edits, by their names or the beginnings of their names')
  .option('--sample <N>', 'only so many edits, chosen by --seed', wholeNumber('--sample'))
  .option('--seed <S>', 'chooses the sample', wholeNumber('--seed'), 1)
  .option('--limit <N>', 'at most so many histories are replayed for each edit', wholeNumber('--limit'), 500)
  .option(
    '--generated <N>',
    'instead, so many edits that a program makes, chosen by --seed',
    wholeNumber('--generated'),
  )
  .option('--json <FILE>', 'also write the results to this file, as JSON, after each edit')
  .option('--resume', 'go on with the results that are in the file of --json')
  .option('--write', 'also write the results into docs/mutants.md; all edits, or those of --generated');

await runCommand(program, async () => {
  program.parse();
  const options = program.opts<Options>();
  if (options.resume && options.json === undefined) throw new CannotRun('--resume needs the file: --json FILE');
  if (options.write && (options.only ?? options.sample) !== undefined) {
    throw new CannotRun('--write is for all edits: leave --only and --sample out');
  }
  return options.generated === undefined ? judgeAll(options) : judgeGenerated(options.generated, options);
});
