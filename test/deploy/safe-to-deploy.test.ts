import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderProcess } from '../../workflows/order/process.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const latest = orderProcess.version;
const paid = 'test/replay/histories/v1/completed-one-parcel.json';
const unpaid = `test/replay/histories/v${latest}/cancelled-payment-deadline.json`;
const definitions = 'test/replay/definitions';
const graph = 'workflows/order/process.ts';

/**
 * A repository of its own with two releases: v1.0.0 is the workflow code of this checkout without the latest version of the order process,
 * and v1.1.0 is this checkout.
 */
let repository: string;
beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'orderflow-repository-'));
  const histories = [paid, 'test/replay/histories/v1/failed-unknown-sku.json'];
  for (const path of ['workflows', 'contracts', 'package.json', 'package-lock.json', definitions, ...histories]) {
    await copied(path);
  }
  await symlink(join(root, 'node_modules'), join(repository, 'node_modules'));
  await writeFile(join(repository, '.gitignore'), 'node_modules\n');
  await git('init', '--quiet', '--initial-branch=main');
  await edit(graph, /(orderVersions = \[.*), orderProcess\]/, '$1]');
  await rm(join(repository, definitions, `order-v${latest}.json`));
  await commit('released');
  await git('tag', 'v1.0.0');
  for (const path of [graph, definitions, unpaid]) await copied(path);
  await commit('a version more');
  await git('tag', 'v1.1.0');
});
afterAll(() => rm(repository, { recursive: true }));

/** Copies a file or a folder of this checkout into the repository. */
const copied = (path: string): Promise<void> => cp(join(root, path), join(repository, path), { recursive: true });

async function git(...args: string[]): Promise<void> {
  const person = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false'];
  await execa('git', [...person, ...args], { cwd: repository });
}

async function commit(message: string): Promise<void> {
  await git('add', '--all');
  await git('commit', '--quiet', '--message', message);
}

async function edit(file: string, from: string | RegExp, to: string): Promise<void> {
  const before = await readFile(join(repository, file), 'utf8');
  expect(before).toMatch(from);
  await writeFile(join(repository, file), before.replace(from, to));
}

/** Runs the command in the repository, as npm does in a checkout. */
async function safeToDeploy(...args: string[]): Promise<{ exitCode?: number; stdout: string; stderr: string }> {
  const launch = join(root, 'tools/local/launch.mjs');
  return execa('node', [launch, 'tools/cli/safe-to-deploy.js', '--limit', '5', ...args], {
    cwd: repository,
    reject: false,
  });
}

describe('npm run safe-to-deploy', () => {
  it('compares the working tree with the newest tag', async () => {
    const { exitCode, stdout } = await safeToDeploy();
    expect(stdout).toMatch(/^BASE is v1\.1\.0 \([0-9a-f]{8}\), HEAD is the working tree, the seed is orderflow\n/);
    expect(stdout).toContain('3 lives: 3 the same\nRoll back: BASE can go on with every life of HEAD.\n');
    expect(stdout).toMatch(
      /18 histories on both builds in [\d.]+ s: [\d.]+ a second\nSafe to deploy: both do the same\.$/,
    );
    expect(exitCode).toBe(0);
  });

  it('says before a deploy which orders could not be rolled back, and what to do', async () => {
    const file = join(repository, 'answer.json');
    const { exitCode, stdout } = await safeToDeploy('v1.0.0', 'v1.1.0', '--json', file);
    expect(stdout).toContain(`\nNew: version ${latest} of the order process. No order has it yet.\n`);
    expect(stdout).toMatch(
      new RegExp(
        `\nRoll back: Orders that began with version ${latest} of the order process cannot be rolled back to v1\\.0\\.0 \\(\\w+\\), which does not have it\\.\n` +
          ` +1 life shows it: v${latest}/cancelled-payment-deadline\n` +
          ' +Such orders would stand still on BASE .* until HEAD is deployed again\\.\n' +
          ' +Deploy the worker of HEAD first and its API after it: .*\n' +
          ' +Once such orders exist, go forward: mend HEAD and deploy it\\.\n' +
          ' +BASE can go on with the other 2 lives of HEAD\\.\n',
      ),
    );
    expect(stdout).toMatch(/\nSafe to deploy: runs that are under way go on as they did\.$/);
    expect(exitCode).toBe(0);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      rollBack: { isPossible: false, without: [{ process: 'order', version: latest, lives: [expect.any(String)] }] },
    });
    await rm(file);
  });

  it('says that a released version was changed or removed, even when its file was changed with it', async () => {
    const file = `${definitions}/order-v1.json`;
    await edit(file, '"id":"screenFraud","after":[]', '"id":"screenFraud","after":["reserveStock"]');
    const life = ['--life', 'failed-unknown-sku', '--limit', '1'];
    const changed = await safeToDeploy('v1.1.0', ...life);
    expect(changed.stdout).toContain(
      '\nA released version was changed: version 1 of the order process, step screenFraud: after was nothing, is reserveStock.\n',
    );
    expect(changed.stdout).toMatch(/\nNot safe to deploy: a released version of a process is not as it was\.$/);
    expect(changed.exitCode).toBe(1);

    await rm(join(repository, file));
    const removed = await safeToDeploy('v1.1.0', ...life);
    expect(removed.stdout).toContain('\nA released version was removed: version 1 of the order process.');
    expect(removed.exitCode).toBe(1);
    const other = ['--life', 'cancelled-payment-deadline', 'failed-unknown-sku', '--limit', '1'];
    const retired = await safeToDeploy('v1.1.0', ...other, '--retired', 'order-v1');
    expect(retired.stdout).toContain('\n1 lives: 1 the same\n');
    expect(retired.exitCode).toBe(0);
    await copied(file);
  });

  it('says which step needs a new version, in every report, and keeps a history that shows it', async () => {
    await edit(
      graph,
      'amount: order.total, currency, token: chosen.token',
      'amount: order.total + 1, currency, token: chosen.token',
    );
    const reports = join(repository, 'reports');
    await mkdir(reports);
    const files = ['--json', 'a.json', '--junit', 'b.xml', '--markdown', 'c.md', '--keep', 'kept'];
    const args = files.map((text) => (text.startsWith('--') ? text : join(reports, text)));
    const { exitCode, stdout } = await safeToDeploy(...args);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('    needs a new version: step authorizePayment (inputs)\n');
    expect(stdout).toContain('3 lives: 1 needs a new version, 2 the same\n');
    const read = (name: string): Promise<string> => readFile(join(reports, name), 'utf8');
    expect(JSON.parse(await read('a.json'))).toMatchObject({
      verdict: 'needs a new version',
      isSafe: false,
      seed: 'orderflow',
      lives: [{ life: 'v1/completed-one-parcel', findings: [{ variant: 'as recorded', count: 6 }] }, {}, {}],
    });
    expect(await read('b.xml')).toContain('<failure message="needs a new version">');
    expect(await read('c.md')).toContain('| v1/completed-one-parcel | needs a new version | authorizePayment |');
    expect(await readdir(join(reports, 'kept'))).toEqual(['v1-completed-one-parcel.as-recorded.json']);
    expect(JSON.parse(await read('kept/v1-completed-one-parcel.as-recorded.json'))).toHaveProperty('events');
    await rm(reports, { recursive: true });
  });

  it('compares two commits, each with its own histories, and only the lives that are named', async () => {
    await rm(join(repository, paid));
    await edit('package-lock.json', '"name": "orderflow"', '"name": "ordersflow"');
    await commit('one cent more');
    const { exitCode, stdout } = await safeToDeploy('v1.1.0', 'main', '--life', 'completed-one-parcel');
    expect(stdout).toMatch(/^BASE is v1\.1\.0 \(\w+\), HEAD is main \(\w+\), the seed is orderflow\n/);
    expect(stdout).toContain('package-lock.json of v1.1.0');
    expect(stdout).toContain('1 lives: 1 needs a new version\n');
    expect(exitCode).toBe(1);
  });

  it.each([
    [['v9'], 'there is no commit "v9"; name a tag, a branch or a commit'],
    [['--json', 'nowhere/a.json'], 'cannot write nowhere/a.json: there is no folder nowhere'],
    [['--life', 'nothing'], 'there are no such histories'],
    [['--limit', 'few'], '--limit is "few"; allowed: a whole number, 1 or more'],
  ])('says what is wrong with %j, and exits with status 2', async (args, message) => {
    const { exitCode, stderr } = await safeToDeploy(...args);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  it('says that code cannot be bundled', async () => {
    await edit('workflows/index.ts', 'export', 'exporting');
    const { exitCode, stderr } = await safeToDeploy();
    expect(stderr).toContain('the workflow code of the working tree cannot be bundled');
    expect(exitCode).toBe(2);
  });
}, 300_000);
