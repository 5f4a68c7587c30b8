import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { showCount } from '../progress.js';
import { environmentFor } from '../local/environment.js';
import { runSystem } from '../local/start.js';
import { command, exit, runCommand, wholeNumber } from './command.js';
import { makeStuck, stuckEnvironment } from './stuck/make-stuck.js';

const program = command(
  'stuck',
  'Starts a system of its own, with data that are removed at the end, and makes orders stuck by three faults: to try the page Trouble, and bulks. It runs until Ctrl-C.',
  new Command(),
).option('--orders <N>', 'how many orders get stuck', wholeNumber('--orders'), 150);

await runCommand(program, async () => {
  program.parse();
  const { orders } = program.opts<{ orders: number }>();
  const dataDir = mkdtempSync(join(tmpdir(), 'orderflow-stuck-'));
  const kept = environmentFor(process.env, ['PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT']);
  for (const name of Object.keys(process.env)) if (!(name in kept)) delete process.env[name];
  Object.assign(process.env, { LOG_LEVEL: 'error', ...stuckEnvironment, DATA_DIR: dataDir });
  try {
    const status = await runSystem(async (system, output, asked) => {
      const progress = showCount('orders stuck', orders);
      let shown = 0;
      const show = (stuck: number) => {
        for (; shown < stuck; shown += 1) progress.countOne();
      };
      // What it does when it is stopped fails with the system.
      const made = makeStuck(system, { orders, onStuck: show }).then(
        () => true,
        (error: unknown) => {
          if (!asked.aborted) throw error;
          return false;
        },
      );
      const isMade = await Promise.race([made, once(asked, 'abort').then(() => false)]);
      progress.stop();
      if (isMade) output.line(undefined, `${orders} orders are stuck by three faults: open ${system.urls.api}/trouble`);
    });
    return status === 0 ? exit.right : exit.couldNotRun;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
