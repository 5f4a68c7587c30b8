import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import type { Tally } from '../../tools/simulate/tally.js';
import { fates } from '../../tools/simulate/world/network.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Most seeds have one order, some have two: about 20,000 lives, half of them in each mode. */
const seeds = 17_500;

/** Under a minute on two cores that do nothing else. */
it('everything holds in 20,000 lives of fixed seeds', { timeout: 3_600_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-simulated-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const json = join(folder, 'simulated.json');
  const args = ['--seed', '1', '--seeds', String(seeds), '--json', json];
  const { all, exitCode } = await execa('node', ['tools/local/launch.mjs', 'tools/cli/simulate.js', ...args], {
    cwd: root,
    reject: false,
    all: true,
  });
  // For a failure, the output has the seed, what did not hold, and the shrunk life.
  expect(exitCode, all).toBe(0);
  const simulated = JSON.parse(await readFile(json, 'utf8')) as Tally;
  expect(simulated).toMatchObject({ seeds, failed: 0 });
  expect(simulated.lives).toBeGreaterThanOrEqual(20_000);
  // A checker that looks at nothing finds nothing.
  const verified = Object.values(simulated.verified).reduce((sum, counts) => sum + counts.verified, 0);
  expect(verified).toBeGreaterThan(20 * simulated.lives);
  const workers = ['the worker dies', 'the worker forgets the run', 'the worker of a call dies'];
  const kinds = [...fates.filter((fate) => fate !== 'answered'), ...workers];
  expect(Object.keys(simulated.faults)).toEqual(expect.arrayContaining(kinds));
});
