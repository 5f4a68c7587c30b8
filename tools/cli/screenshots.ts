import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Browser } from 'playwright-core';
import { findBrowser, launchBrowser } from '../local/browser.js';
import { environmentFor } from '../local/environment.js';
import { startSystem } from '../local/system.js';
import { CannotRun, command, exit, runCommand } from './command.js';
import { canWrite } from './screenshots/camera.js';
import { takeAll } from './screenshots/scenes.js';
import { stuckEnvironment } from './stuck/make-stuck.js';

/** Pictures are part of every checkout. */
const mostKiB = { each: 200, together: 1536 };

const program = command(
  'screenshots',
  'Makes the pictures of the operator’s page that the docs show: starts a system of its own, plays a day of a shop on it, and takes them in a browser.',
  new Command(),
).option('--folder <FOLDER>', 'where the pictures go', 'docs/images');

await runCommand(program, async () => {
  program.parse();
  const { folder } = program.opts<{ folder: string }>();
  const executable = await findBrowser();
  if (executable === undefined) throw new CannotRun('there is no browser');
  await mkdir(folder, { recursive: true });
  const browser = await launchBrowser(executable);
  try {
    if (!(await canWrite(browser, '订单'))) {
      throw new CannotRun(
        'the browser has no font for Chinese; install one, such as the Debian package fonts-noto-cjk',
      );
    }
    await takeOnOwnSystem(browser, folder);
  } finally {
    await browser.close();
  }
  return (await areSmall(folder)) ? exit.right : exit.wrong;
});

async function takeOnOwnSystem(browser: Browser, folder: string): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orderflow-screenshots-'));
  const lines: string[] = [];
  const env = { PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0', LOG_LEVEL: 'error', ...stuckEnvironment };
  const system = await startSystem({
    env: { ...environmentFor(process.env), ...env, DATA_DIR: dataDir },
    onLine: (part, line) => lines.push(`${part} | ${line}`),
  });
  try {
    await takeAll(system, { browser, folder, onPicture: (name) => process.stdout.write(`page-${name}.png\n`) });
  } catch (error) {
    process.stderr.write(`${lines.slice(-20).join('\n')}\n`);
    throw error;
  } finally {
    await system.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function areSmall(folder: string): Promise<boolean> {
  const names = (await readdir(folder)).filter((name) => /^page-.*\.png$/.test(name));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size / 1024));
  const together = sizes.reduce((sum, size) => sum + size, 0);
  const tooLarge = names.filter((_, index) => sizes[index]! > mostKiB.each);
  if (tooLarge.length === 0 && together <= mostKiB.together) return true;
  process.stderr.write(`too large: ${tooLarge.join(', ')}; together ${Math.round(together)} KiB\n`);
  return false;
}
