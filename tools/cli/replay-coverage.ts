import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { command, exit, runCommand, type ExitStatus } from './command.js';
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

async function reportCode(): Promise<ExitStatus> {
  const files = await codeCoverageOf(await readHistories());
  const share = ({ run, all }: { run: number; all: number }) =>
    `${all === 0 ? '100.0' : ((100 * run) / all).toFixed(1)} % (${run} of ${all})`;
  for (const { file, lines, branches, idleLines, idleBranches } of files) {
    process.stdout.write(`${file}: statements ${share(lines)}, branches ${share(branches)}\n`);
    if (idleLines.length > 0) process.stdout.write(`    lines that never run: ${idleLines.join(', ')}\n`);
    for (const branch of idleBranches) process.stdout.write(`    never taken: line ${branch}\n`);
  }
  const sum = (of: 'lines' | 'branches') =>
    files.reduce((all, each) => ({ all: all.all + each[of].all, run: all.run + each[of].run }), { all: 0, run: 0 });
  process.stdout.write(`all: statements ${share(sum('lines'))}, branches ${share(sum('branches'))}\n`);
  return exit.right;
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
  return code ? reportCode() : report(all === true);
});
