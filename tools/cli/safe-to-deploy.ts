import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { showCount } from '../progress.js';
import { CannotRun, command, exit, runCommand, wholeNumber, type ExitStatus } from './command.js';
import { buildOf, defaultBase, type Build } from './deploy/builds.js';
import { compareBuilds, jobsOf } from './deploy/compare.js';
import { compareDefinitions } from './deploy/definitions.js';
import { livesOf } from './deploy/lives.js';
import {
  isSafeToDeploy,
  junitOf,
  markdownOf,
  plainDeployReport,
  renderDeployReport,
  type DeployReport,
} from './deploy/report.js';
import { versionName } from './freeze/check.js';
import { begunWith, type BegunWith } from './replay/begun-with.js';
import { requireWritable } from './replay/files.js';
import type { RecordedHistory } from './replay/history.js';
import { Pace } from './replay/pace.js';
import { quieten } from './replay/quieten.js';

interface Options {
  seed: string;
  limit: number;
  life: string[];
  retired: string[];
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
  .option('--retired <VERSION...>', 'versions of which no order is open any more, such as order-v1', [])
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
  const retired = new Set(options.retired);
  const isRetired = (version?: BegunWith): boolean => version !== undefined && retired.has(versionName(version));
  const all = await livesOf(base, head, isWanted);
  const jobs = jobsOf(
    all.filter(({ history }) => !isRetired(begunWith(history))),
    { seed, limit },
  );
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
  const versions = (await compareDefinitions(base, head)).filter(
    (version) => version.change !== 'removed' || !isRetired(version),
  );
  const report = {
    base: base.title,
    head: head.title,
    seed,
    notes: notesOn(base, head),
    lives,
    versions,
    pace: pace.plain(),
  };
  process.stdout.write(renderDeployReport(report));
  await writeReports(report, options);
  return isSafeToDeploy(report) ? exit.right : exit.wrong;
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

/** What cannot be written is told before anything is replayed. The folder of `--keep` is made, because it is the command's own. */
async function checkPlaces({ json, junit, markdown, keep }: Options): Promise<void> {
  if (keep !== undefined) {
    await mkdir(keep, { recursive: true }).catch((error: Error) => {
      throw new CannotRun(`cannot write ${keep}: ${error.message}`);
    });
  }
  for (const file of [json, junit, markdown]) if (file !== undefined) await requireWritable(file);
}
