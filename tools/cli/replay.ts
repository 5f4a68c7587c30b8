import { Command } from 'commander';
import { defined } from '../../contracts/defined.js';
import { CannotRun, command, runCommand, wholeNumber } from './command.js';
import { replayAll } from './replay/all.js';
import { endsAtOnce, quieten } from './replay/quieten.js';

interface Options {
  json?: string;
  address?: string | true;
  namespace?: string;
  query?: string;
  limit?: number;
}

const program = command(
  'replay',
  'Replays recorded histories, or the runs on a Temporal server, with the workflow code of this checkout.',
  new Command(),
)
  .argument(
    '[FILE...]',
    "histories as Temporal's JSON, folders of them, or quoted patterns such as 'out/**/*.json' (default: test/replay/histories)",
  )
  .option(
    '--address [HOST:PORT]',
    'replay the runs on this Temporal server (without a value: the one of the configuration, or of the running system)',
  )
  .option('--namespace <NAMESPACE>', 'the namespace on that server (default: TEMPORAL_NAMESPACE)')
  .option('--query <QUERY>', "which runs, as Temporal's list filter (default: all runs of this code)")
  .option('--limit <N>', 'at most so many runs, open ones first, the newest first', wholeNumber('--limit'))
  .option('--json <FILE>', 'also write the results to this file, as JSON');

await runCommand(program, async () => {
  program.parse();
  const { json, address, ...about } = program.opts<Options>();
  const [other] = Object.keys(about);
  if (address === undefined && other) throw new CannotRun(`--${other} needs --address`);
  const server = address === undefined ? undefined : { address, ...about };
  quieten(endsAtOnce);
  return replayAll({ named: program.args, ...defined({ json, server }) });
});
// A replay that never answers keeps this program alive in the SDK's native part. All else ends before this.
setTimeout(() => process.exit(), 5_000).unref();
