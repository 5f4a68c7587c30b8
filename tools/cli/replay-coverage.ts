import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { command, exit, runCommand, type ExitStatus } from './command.js';
import { branchCoverageOf } from './lives/branch-coverage.js';
import { codeCoverageOf } from './lives/code-coverage.js';
import { coverageOf } from './lives/coverage.js';
import { exceptions } from './lives/exceptions.js';
import { histories } from './lives/histories.js';
import { readHistory, type RecordedHistory } from './replay/history.js';

/** How many histories a line of the list names. */
const named = 3;

async function readHistories(): Promise<RecordedHistory[]> {
  const files = (await readdir(histories, { recursive: true })).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(files.map((file) => readHistory(join(histories, file))));
}

async function report(all: boolean): Promise<ExitStatus> {
  const { covered, missing } = coverageOf(await readHistories());
  if (all) {
    for (const [kind, by] of covered) {
      const more = by.length > named ? ` and ${by.length - named} more` : '';
      process.stdout.write(`${kind}: ${by.slice(0, named).join(', ') || 'no life'}${by.length ? more : ''}\n`);
    }
  }
  for (const kind of missing) process.stdout.write(`no life covers: ${kind}\n`);
  const excepted = Object.entries(exceptions);
  for (const [kind, reason] of excepted) process.stdout.write(`left out: ${kind} (${reason})\n`);
  const count = covered.size - missing.length - excepted.length;
  process.stdout.write(`${count} of ${covered.size} kinds are covered, ${excepted.length} are left out\n`);
  return missing.length > 0 ? exit.wrong : exit.right;
}

async function reportCode(all: boolean): Promise<ExitStatus> {
  const files = await codeCoverageOf(await readHistories());
  const { listed, missing, needless, ...total } = branchCoverageOf(files);
  if (all) {
    for (const { branch, reason } of listed) process.stdout.write(`left out: ${branch.id} (${reason})\n`);
  }
  for (const { id, line } of missing) process.stdout.write(`no life takes: ${id} (line ${line})\n`);
  for (const entry of needless) process.stdout.write(`listed, but taken or gone: ${entry}\n`);
  const folders = [...new Set(files.map(({ file }) => dirname(file)))];
  const rows = [...folders, 'all'].map((folder) => {
    const some = files.filter(({ file }) => folder === 'all' || dirname(file) === folder);
    const branches = some.flatMap((file) => file.branches);
    return [
      folder,
      share(sum(some.map((f) => f.statements.run)), sum(some.map((f) => f.statements.all))),
      share(branches.filter(({ isTaken }) => isTaken).length, branches.length),
    ];
  });
  process.stdout.write(table([['', 'statements', 'branches'], ...rows]));
  const counted = total.all - total.outside;
  process.stdout.write(
    `${total.outside} branches run where no history is made; of the others, ${share(total.taken, counted)} are taken\n` +
      `${listed.length} branches are left out with a reason: tools/cli/lives/unreached.ts\n`,
  );
  return missing.length + needless.length > 0 ? exit.wrong : exit.right;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function share(part: number, all: number): string {
  return `${all === 0 ? '100.0' : ((100 * part) / all).toFixed(1)} % (${part} of ${all})`;
}

function table(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

const program = command(
  'replay:coverage',
  'Says which steps, commands, events, deadlines, failure codes, calls and rejections the lives cover.',
  new Command(),
)
  .option('--all', 'list every kind with its histories')
  .option('--code', 'replay the histories, and say which statements and branches of workflows/ ran');

await runCommand(program, () => {
  program.parse();
  const { all, code } = program.opts<{ all?: boolean; code?: boolean }>();
  return code ? reportCode(all === true) : report(all === true);
});
