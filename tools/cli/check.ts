import { Command } from 'commander';
import { checkSystem, type CheckCommandOptions } from './check/run.js';
import { command, runCommand, wholeNumber } from './command.js';

const seconds = (option: string) => {
  const read = wholeNumber(option);
  return (text: string) => read(text) * 1000;
};

const program = command(
  'check',
  'Verifies that nothing is lost: compares what is known of all orders with what always holds.',
  new Command(),
)
  .option('--settled-for <SECONDS>', 'how long nothing has been sent and nothing has failed', seconds('--settled-for'))
  .option('--bound <SECONDS>', 'an order that does not move on for so long is stuck (60)', seconds('--bound'))
  .option('--observation <FILE>', 'judge a recorded observation instead of the running system')
  .option('--json <FILE>', 'also write the findings and the observation to this file, as JSON');

await runCommand(program, () => {
  program.parse();
  return checkSystem(program.opts<CheckCommandOptions>());
});
