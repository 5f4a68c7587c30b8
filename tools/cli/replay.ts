import { Command } from 'commander';
import { command, runCommand } from './command.js';
import { replayAll, type ReplayOptions } from './replay/all.js';

const program = command('replay', 'Replays recorded histories with the workflow code of this checkout.', new Command())
  .argument(
    '[FILE...]',
    "histories as Temporal's JSON, folders of them, or quoted patterns such as 'out/**/*.json' (default: test/replay/histories)",
  )
  .option('--json <FILE>', 'also write the results to this file, as JSON');

await runCommand(program, async () => {
  program.parse();
  return replayAll({ named: program.args, ...program.opts<Omit<ReplayOptions, 'named'>>() });
});
// A replay that never answers keeps this program alive in the SDK's native part. All else ends before this.
setTimeout(() => process.exit(), 5_000).unref();
