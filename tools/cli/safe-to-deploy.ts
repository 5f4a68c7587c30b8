import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { showCount } from '../progress.js';
import { CannotRun, command, exit, runCommand, wholeNumber, type ExitStatus } from './command.js';
import { buildOf, defaultBase, type Build } from './deploy/builds.js';
import { compareBuilds, jobsOf } from './deploy/compare.js';
import { livesOf } from './deploy/lives.js';
import {
  junitOf,
  markdownOf,
  plainDeployReport,
  renderDeployReport,
  verdictOf,
  type DeployReport,
} from './deploy/report.js';
import { isSafe } from './deploy/verdict.js';
import type { RecordedHistory } from './replay/history.js';
import { Pace } from './replay/pace.js';
import { quieten } from './replay/quieten.js';

interface Options {
  seed: string;
  limit: number;
  life: string[];
  json?: string;
  junit?: string;
  markdown?: string;
  keep?: string;
}

const program = command(
  'safe-to-deploy',
  'Replays the committed histories, and variants of them, on the released workflow code and on yours, and says what differs.',
  new Command(),
)
  .argument('[BASE]', 'what runs now: a tag, a branch or a commit (default: the newest tag, else where main was left)')
  .argument('[HEAD]', 'what would be deployed: the same, or nothing for the working tree')
  .option('--seed <TEXT>', 'chooses the hours, ids and variants', 'orderflow')
  .option('--limit <N>', 'at most so many variants of each history', wholeNumber('--limit'), 10)
  .option('--life <NAME...>', 'only these histories, such as completed-one-parcel', [])
  .option('--json <FILE>', 'also write the result to this file, as JSON')
  .option('--junit <FILE>', 'also write it as a JUnit report, a test for each life')
  .option('--markdown <FILE>', 'also write a summary for a pull request')
  .option('--keep <FOLDER>', 'write the history that shows a finding into this folder, for npm run replay');

await runCommand(program, async () => {
  program.parse();
  const [base, head] = program.args;
  const options = program.opts<Options>();
  await checkPlaces(options);
  const temporary = await mkdtemp(join(tmpdir(), 'orderflow-deploy-'));
  try {
    return await safeToDeploy(process.cwd(), base, head, temporary, options);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
});
// A replay that never answers keeps this program alive in the SDK's native part. All else ends before this.
setTimeout(() => process.exit(), 5_000).unref();

async function safeToDeploy(
  checkout: string,
  baseRef: string | undefined,
  headRef: string | undefined,
  temporary: string,
  options: Options,
): Promise<ExitStatus> {
  process.stderr.write('Bundling the workflow code of both ...\n');
  const base = await buildOf(baseRef ?? (await defaultBase(checkout)), checkout, join(temporary, 'base'));
  const head = await buildOf(headRef, checkout, join(temporary, 'head'));
  quieten();
  const { seed, limit } = options;
  const wanted = new Set(options.life);
  const isWanted = (name: string): boolean =>
    wanted.size === 0 || wanted.has(name) || wanted.has(name.replace(/^.*\//, ''));
  const jobs = jobsOf(await livesOf(base, head, isWanted), { seed, limit });
  if (jobs.length === 0) throw new CannotRun('there are no such histories in test/replay/histories of either');
  const progress = showCount('histories', jobs.length);
  const pace = new Pace();
  const lives = await compareBuilds(base, head, jobs, {
    seed,
    onReplayed: () => {
      pace.note();
      progress.countOne();
    },
    onFound: (history, recipe) => keep(options.keep, history, recipe),
  });
  progress.stop();
  const report = { base: base.title, head: head.title, seed, notes: notesOn(base, head), lives, pace: pace.plain() };
  process.stdout.write(renderDeployReport(report));
  await writeReports(report, options);
  return isSafe(verdictOf(report)) ? exit.right : exit.wrong;
}

function notesOn(...builds: Build[]): string[] {
  return builds
    .filter(({ hasOtherPackages }) => hasOtherPackages)
    .map(
      ({ title }) =>
        `package-lock.json of ${title} differs: it was bundled with the packages of this checkout, so a change that a package brings is not seen.`,
    );
}

async function writeReports(report: DeployReport, { json, junit, markdown }: Options): Promise<void> {
  if (json !== undefined) await writeFile(json, `${JSON.stringify(plainDeployReport(report), null, 2)}\n`);
  if (junit !== undefined) await writeFile(junit, junitOf(report));
  if (markdown !== undefined) await writeFile(markdown, markdownOf(report));
}

async function keep(folder: string | undefined, { name, events }: RecordedHistory, recipe: string): Promise<void> {
  if (folder === undefined) return;
  const file = `${name}.${recipe}`.replace(/[^\w.@-]+/g, '-');
  await writeFile(join(folder, `${file}.json`), `${JSON.stringify({ events })}\n`);
}

/** Wrong folders are told before anything is replayed. */
async function checkPlaces({ json, junit, markdown, keep }: Options): Promise<void> {
  if (keep !== undefined) await mkdir(keep, { recursive: true });
  for (const file of [json, junit, markdown]) {
    if (file === undefined) continue;
    const folder = dirname(resolve(file));
    await mkdir(folder, { recursive: true }).catch((error: Error) => {
      throw new CannotRun(`cannot write ${file}: ${error.message}`);
    });
  }
}
