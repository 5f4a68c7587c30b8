import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { command, exit, runCommand } from './command.js';
import { numbersOf, pageOf, plansOf } from './structure/page.js';
import { circleOf } from './structure/rooms.js';

const file = 'docs/structure.md';

const program = command('structure', `Writes ${file}: which part imports which.`, new Command());

await runCommand(program, async () => {
  program.parse();
  const plans = await plansOf('.');
  await writeFile(file, pageOf(plans));
  for (const plan of plans) process.stdout.write(`${plan.title}: ${numbersOf(plan)}\n`);
  return plans.some((plan) => circleOf(plan).length > 0) ? exit.wrong : exit.right;
});
