import { Command } from 'commander';
import { checkSystem, type CheckCommandOptions } from './check/run.js';
import { command, runCommand } from './command.js';

const program = command(
  'check',
  'Verifies that nothing is lost: compares what was observed of orders with what always holds.',
  new Command(),
)
  .option('--observation <FILE>', 'judge this recorded observation (JSON)')
  .option('--json <FILE>', 'also write the findings to this file, as JSON');

await runCommand(program, () => {
  program.parse();
  return checkSystem(program.opts<CheckCommandOptions>());
});
