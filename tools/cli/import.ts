import { Command } from 'commander';
import { command, runCommand, wholeNumber } from './command.js';
import { importLog, type ImportOptions } from './import/run.js';

const program = command('import', "Plays a shop's order log (CSV) on the running system.", new Command())
  .argument('<FILE>', 'the order log')
  .option('--limit <N>', 'play only the first N orders of the file', wholeNumber('--limit'))
  .option('--concurrency <N>', 'how many orders to play at a time', wholeNumber('--concurrency'), 40)
  .option('--json <FILE>', 'also write the report to this file, as JSON');

await runCommand(program, async () => {
  program.parse();
  return importLog(program.args[0]!, program.opts<ImportOptions>());
});
