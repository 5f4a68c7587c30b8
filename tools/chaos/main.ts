import { Command } from 'commander';
import { CannotRun, command, runCommand, wholeNumber } from '../cli/command.js';
import { faultKinds, readKinds } from './kinds.js';
import { chaos } from './run.js';

const program = command(
  'chaos',
  'Plays orders on a whole system of its own, under kills, freezes, faulty calls and webhooks, and verifies what is left.',
  new Command(),
)
  .option('--orders <n>', 'how many orders', wholeNumber('--orders'), 100)
  .option('--minutes <m>', 'how long the faults last (default: a minute for each 250 orders, at least 1.2)')
  .option('--seed <s>', 'chooses the orders and the faults', wholeNumber('--seed'), 1)
  .option('--fault <list>', `only these, separated by commas: kill, call, webhook, ${faultKinds.join(', ')}`)
  .option('--log <file>', 'an order log with real orders, at most half of all', 'test/fixtures/real-orders-25.csv')
  .option('--json <file>', 'writes the outcome as JSON')
  .option('--keep', 'keeps logs and data also when everything is right');

interface Given {
  orders: number;
  minutes?: string;
  seed: number;
  fault?: string;
  log: string;
  json?: string;
  keep?: boolean;
}

await runCommand(program, async () => {
  program.parse();
  const { minutes: given, fault, json, keep = false, ...rest } = program.opts<Given>();
  const minutes = given === undefined ? Math.max(1.2, rest.orders / 250) : Number(given);
  if (!(minutes > 0)) throw new CannotRun(`--minutes is "${given}"; allowed: a number above 0`);
  return chaos({
    ...rest,
    minutes,
    kinds: readKinds(fault),
    // In longer runs each kind has to fire more than once.
    least: Math.max(1, Math.floor(minutes / 3)),
    keep,
    ...(json === undefined ? {} : { json }),
  });
});
