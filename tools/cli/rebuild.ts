import { Command } from 'commander';
import { command, runCommand } from './command.js';
import { rebuildBook } from './rebuild/run.js';

const program = command(
  'rebuild',
  'Fills the order book from Temporal. Adds and updates orders, and never deletes one.',
  new Command(),
);

await runCommand(program, () => {
  program.parse();
  return rebuildBook();
});
