import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { showCount } from '../progress.js';
import { compileCode } from '../simulate/runtime/compile.js';
import type { CompiledCode } from '../simulate/runtime/compile.js';
import { shrink } from '../simulate/shrink.js';
import { Simulator } from '../simulate/simulate.js';
import type { FailedLife } from '../simulate/simulate.js';
import { tableOf } from '../simulate/tally.js';
import { liveTogether } from '../simulate/threads.js';
import { lifeInWords, violationInWords } from '../simulate/words.js';
import type { Mode } from '../simulate/world/world.js';
import { requireFolderOf } from './given-files.js';
import { command, exit, runCommand, wholeNumber, type ExitStatus } from './command.js';

interface Options {
  orders: number;
  seed: number;
  seeds?: number;
  minutes?: number;
  mode?: Mode;
  jobs: number;
  life?: number;
  json?: string;
}

/** The seeds of the lives of one `--seed`: those of two do not overlap. */
const seedsEach = 100_000_000;
/** Then something is wrong with all of them, and the first ones show it. */
const mostFailures = 20;

const say = (text: string) => void process.stdout.write(`${text}\n`);

const modesOf = ({ mode }: Pick<Options, 'mode'>): readonly Mode[] => (mode ? [mode] : ['safety', 'liveness']);

async function simulateAll(options: Options): Promise<ExitStatus> {
  const { seeds, seed, minutes = Infinity, jobs, json } = options;
  const orders = seeds === undefined ? options.orders : Infinity;
  if (json !== undefined) await requireFolderOf(json);
  const started = Date.now();
  const code = await compileCode();
  const progress = seeds === undefined ? showCount('lives', orders) : showCount('seeds', seeds);
  let shown = 0;
  let isStopped = false;
  // An interrupt ends the run, which then shows its results so far.
  process.once('SIGINT', () => (isStopped = true));
  const sum = await liveTogether({
    code,
    threads: jobs,
    firstSeed: seed * seedsEach,
    modes: modesOf(options),
    lives: orders,
    seeds,
    isOver: ({ failed }) => isStopped || failed >= mostFailures || Date.now() - started > minutes * 60_000,
    onProgress: (sum) => {
      const done = seeds === undefined ? Math.min(sum.lives, orders) : sum.seeds;
      for (; shown < done; shown += 1) progress.countOne();
    },
  });
  progress.stop();
  const seconds = (Date.now() - started) / 1000;
  for (const failure of firstOfEach(sum.failures)) tellFailure(code, failure);
  say(tableOf(sum));
  const { lives, events, failed } = sum;
  const { user, system } = process.cpuUsage();
  const speed = `${(lives / seconds).toFixed(0)} lives/s, ${((user + system) / 1000 / lives).toFixed(2)} ms of CPU time each`;
  const stopped = isStopped ? ', stopped before its end' : '';
  say(
    `${lives} lives of ${sum.seeds} seeds from --seed ${seed}, ${events} events, in ${seconds.toFixed(0)} s${stopped}`,
  );
  say(`${speed}; ${failed} failed`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ seed, seconds, ...sum }, null, 1)}\n`);
  if (failed > 0) return exit.wrong;
  return isStopped ? exit.couldNotRun : exit.right;
}

/** One failed life for each invariant. */
function firstOfEach(failures: readonly FailedLife[]): FailedLife[] {
  const byInvariant = new Map<string, FailedLife>();
  for (const failure of failures) {
    const { invariant } = failure.violations[0]!;
    if (!byInvariant.has(invariant)) byInvariant.set(invariant, failure);
  }
  return [...byInvariant.values()];
}

function tellFailure(code: CompiledCode, { seed, mode, violations }: FailedLife): void {
  const simulator = new Simulator(code);
  const life = simulator.run({ seed, isKept: true }, mode);
  const shrunk = shrink(simulator, life, mode);
  say(`\nseed ${seed} (${mode}): ${violationInWords(violations[0]!)}`);
  say(shrunk ? 'The life, without everything that the failure does not need:' : 'The life:');
  for (const line of lifeInWords((shrunk ?? life).choices)) say(line);
  say(`Once more: npm run simulate -- --life ${seed} --mode ${mode}\n`);
}

/** Plays one life again, and tells it. */
async function playAgain(seed: number, options: Options): Promise<ExitStatus> {
  const { mode = seed % 2 === 0 ? 'safety' : 'liveness' } = options;
  const code = await compileCode();
  const life = new Simulator(code).run({ seed, isKept: true }, mode);
  for (const line of lifeInWords(life.choices)) say(line);
  for (const { type, workflowId, status, view } of life.observation.runs ?? []) {
    say(`${type} ${workflowId}: ${status}${view ? `, the order is ${view.status}` : ''}`);
  }
  if (life.violations.length === 0) {
    say(`Everything holds in the life of seed ${seed} (${mode}).`);
    return exit.right;
  }
  tellFailure(code, { seed, mode, violations: life.violations });
  return exit.wrong;
}

const program = command(
  'simulate',
  'Lives many orders through in one program, on virtual time, with everything going wrong that can, and checks what came of them.',
  new Command(),
)
  .option('--orders <N>', 'at least so many lives', wholeNumber('--orders'), 20_000)
  .option('--seed <S>', 'decides everything that happens in them', wholeNumber('--seed'), 1)
  .option('--seeds <N>', 'the lives of exactly so many seeds, instead of --orders', wholeNumber('--seeds'))
  .option('--minutes <M>', 'at most for so long', wholeNumber('--minutes'))
  .addOption(
    new Option(
      '--mode <MODE>',
      'in `liveness` faults stop, and each order has to end (default: both, in turn)',
    ).choices(['safety', 'liveness']),
  )
  .option('--jobs <N>', 'on so many threads', wholeNumber('--jobs'), availableParallelism())
  .option('--life <SEED>', 'plays one life again, and tells it', wholeNumber('--life'))
  .option('--json <FILE>', 'also write the results to this file, as JSON');

await runCommand(program, async () => {
  program.parse();
  const options = program.opts<Options>();
  return options.life === undefined ? simulateAll(options) : playAgain(options.life, options);
});
