import { Command } from 'commander';
import { command, runCommand, wholeNumber } from './command.js';
import { importLog, type ImportOptions } from './import/run.js';

const program = command('import', "Lives a shop's order log (CSV) through the running system.", new Command())
  .argument('<FILE>', 'the order log')
  .option('--limit <N>', 'only the first N orders of the file', wholeNumber('--limit'))
  .option('--concurrency <N>', 'orders in flight at a time', wholeNumber('--concurrency'), 40)
  .option('--json <FILE>', 'write the report there as JSON');

await runCommand(program, async () => {
  program.parse();
  return importLog(program.args[0]!, program.opts<ImportOptions>());
});
