import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import type { Comparison } from '../../../bench/comparison.js';
import { canReadProcesses } from '../../../bench/processes.js';
import { cleanEnvironment } from '../../support/system.js';
import { root } from '../../delivery/markdown.js';

it('measures the system and the plain saga side by side, and leaves nothing behind', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'orderflow-test-'));
  try {
    const json = join(dir, 'bench.json');
    const args = ['--only', 'system,saga', '--orders', '4', '--in-flight', '2', '--rounds', '1', '--json', json];
    const { stdout } = await execa('node', ['tools/local/launch.mjs', 'bench/main.js', ...args], {
      cwd: root,
      env: { ...cleanEnvironment(), TMPDIR: dir },
      extendEnv: false,
    });
    const report = JSON.parse(await readFile(json, 'utf8')) as { machine: { cores: number }; comparison: Comparison };
    expect(report.machine.cores).toBeGreaterThan(0);
    const { series } = report.comparison;
    expect(series.map(({ variant }) => variant)).toEqual(['this, one parcel', 'plain saga, one parcel']);
    for (const { variant, orders, rounds } of series) {
      expect(orders).toBe(4);
      const [round] = rounds;
      expect(round!.ordersPerSecond).toBeGreaterThan(0);
      expect(round!.confirmedP50).toBeLessThan(round!.completedP50);
      expect(stdout).toContain(variant);
      if (!canReadProcesses) continue;
      const { temporal, worker, api, all } = round!.cpuMs!;
      expect(Math.min(temporal, worker)).toBeGreaterThan(0);
      expect(api > 0).toBe(variant.startsWith('this'));
      expect(all).toBeGreaterThan(temporal + worker);
    }
    expect(await readdir(dir)).toEqual(['bench.json']);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}, 180_000);

it('says what it takes, and refuses what it does not know', async () => {
  const run = (...args: string[]) =>
    execa('node', ['tools/local/launch.mjs', 'bench/main.js', ...args], { cwd: root, reject: false });
  const help = await run('--help');
  expect(help.exitCode).toBe(0);
  expect(help.stdout).toContain('fairness');
  const wrong = await run('--only', 'speed');
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr).toContain('"speed"');
}, 120_000);
