import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { command, exit, runCommand } from './command.js';
import { drawings } from './draw/drawings.js';

const program = command('draw', 'Draws the processes from their definitions, into docs/images/.', new Command());

await runCommand(program, async () => {
  program.parse();
  for (const [file, svg] of Object.entries(drawings())) {
    await writeFile(file, svg);
    process.stdout.write(`${file}\n`);
  }
  return exit.right;
});
