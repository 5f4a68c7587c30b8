import { Command } from 'commander';
import { command, exit, runCommand } from './command.js';
import { checkDefinitions, definitionsFolder, freeze } from './freeze/check.js';
import { freezables } from './freeze/processes.js';

const program = command(
  'freeze',
  `Writes new versions of the processes into ${definitionsFolder}/, and says which frozen ones were changed.`,
  new Command(),
);

await runCommand(program, async () => {
  program.parse();
  const { missing, problems } = await checkDefinitions(definitionsFolder, freezables);
  if (problems.length > 0) {
    process.stderr.write(`${problems.join('\n\n')}\n`);
    return exit.wrong;
  }
  await freeze(definitionsFolder, missing);
  process.stdout.write(
    missing.length > 0
      ? missing.map(({ file }) => `${definitionsFolder}/${file}\n`).join('')
      : 'Every version is frozen, and as it was.\n',
  );
  return exit.right;
});
