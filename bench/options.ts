import { Command, Option } from 'commander';
import { CannotRun, command, wholeNumber } from '../tools/cli/command.js';

/** What can be measured. The first four are compared with each other in the same rounds. */
const kinds = {
  system: 'orders through the API, one parcel',
  'two-parcels': 'the same with two parcels, of each variant',
  saga: 'the same order as a plain saga of ordinary activities',
  empty: 'a workflow that does nothing',
  starts: 'POST /v1/orders beside client.start',
  counts: 'what an order costs in events, promises, statements and so on',
  fairness: 'one shop floods, another places one order a second',
  hanging: 'the notification service hangs',
  'hanging-payment': 'the payment service hangs, and other orders are delivered',
  overload: 'three times as many orders as the system can process, for some minutes',
  commands: 'accepted and refused commands, on a Temporal server with default settings',
  growth: 'the cost of an order while the number of orders grows',
  waiting: 'the memory of the worker while many orders wait to be paid',
} as const;
export type Kind = keyof typeof kinds;
const usual: Kind[] = ['system', 'two-parcels', 'saga', 'empty', 'starts', 'counts'];
const allKinds = Object.keys(kinds) as Kind[];

export interface Options {
  only: Kind[];
  /** Another checkout to measure beside this one. */
  against?: string;
  orders: number;
  rounds: number;
  inFlight: number[];
  /** Sizes of the scenarios. */
  flood: number;
  /** In seconds. */
  overload: number;
  growTo: number;
  waiting: number;
  json?: string;
  /** Whether to write docs/performance.md and its plot. */
  write?: true;
}

const split = (text: string): string[] => text.split(',').map((item) => item.trim());

function readKinds(text: string): Kind[] {
  if (text === 'all') return allKinds;
  return split(text).map((name) => {
    const kind = allKinds.find((each) => each === name);
    if (!kind) throw new CannotRun(`--only names "${name}"; allowed: all, ${allKinds.join(', ')}`);
    return kind;
  });
}

export function benchCommand(): Command {
  const count = (flag: string, value: number, text: string) =>
    new Option(`${flag} <N>`, text).argParser(wholeNumber(flag)).default(value);
  return command(
    'bench',
    'Measures what an order costs, beside other ways to process it. It starts all that it needs, and stops it at the end.',
    new Command(),
  )
    .addOption(
      new Option('--only <NAMES>', 'what to measure, separated by commas; see below; "all" is everything')
        .argParser(readKinds)
        .default(usual, usual.join(',')),
    )
    .option('--against <DIR>', 'also measure the compiled checkout in this folder')
    .addOption(count('--orders', 160, 'how many orders a variant gets in a round'))
    .addOption(count('--rounds', 3, 'how often each variant is measured'))
    .addOption(
      new Option('--in-flight <NUMBERS>', 'how many orders are under way at a time, separated by commas')
        .argParser((text) => split(text).map(wholeNumber('--in-flight')))
        .default([1, 10, 50, 200], '1,10,50,200'),
    )
    .addOption(count('--flood', 1000, 'fairness: how many orders the first shop places at once'))
    .addOption(count('--overload', 180, 'overload: how many seconds it lasts'))
    .addOption(count('--grow-to', 20_000, 'growth: how many orders there are in the end'))
    .addOption(count('--waiting', 5000, 'waiting: how many orders wait'))
    .option('--quick', 'smaller numbers, for a run of less than three minutes')
    .option('--json <FILE>', 'also write all figures to this file')
    .option('--write', 'also write what was measured into docs/performance.md, and its plot')
    .addHelpText('after', () => {
      const lines = allKinds.map((kind) => `  ${kind.padEnd(15)} ${kinds[kind]}`);
      return `\nWhat can be measured:\n${lines.join('\n')}\n\nExit status: 0 measured, 2 could not run.`;
    });
}

const quick = { orders: 40, rounds: 1, inFlight: [10], flood: 100, overload: 20, growTo: 200, waiting: 200 };
const quickKinds: Kind[] = ['system', 'saga', 'empty', 'starts'];

/** The options of the command line. `--quick` replaces the defaults, and not what was given. */
export function readOptions(program: Command): Options {
  const given = program.opts<Options & { quick?: true }>();
  if (!given.quick) return given;
  const isGiven = (name: keyof Options) => program.getOptionValueSource(name) !== 'default';
  const smaller = Object.entries({ ...quick, only: quickKinds }).filter(([name]) => !isGiven(name as keyof Options));
  return { ...given, ...(Object.fromEntries(smaller) as Partial<Options>) };
}
