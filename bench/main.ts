import { runCommand } from '../tools/cli/command.js';
import { runBench } from './bench.js';
import { benchCommand, readOptions } from './options.js';

const program = benchCommand();

await runCommand(program, async () => {
  program.parse();
  return runBench(readOptions(program));
});
