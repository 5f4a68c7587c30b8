import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTemporalCli } from '../../tools/local/temporal-cli.js';
import { anOrder } from '../api/support/orders.js';
import { startSystem, type ApiSystem } from '../api/support/system.js';
import { startWorker } from '../api/support/worker.js';
import { until } from '../support/until.js';
import { blocksOf, read, type Block } from './markdown.js';
import { Tree } from './tree.js';

// Follows docs/changing-workflows.md in a copy of the tree. Each section with commands is a recipe of its own: `diff` blocks change the code,
// commands run (`status N`: they end with that status), and a `text` block after a command is in its output. A command with the label
// `elsewhere` needs a system that the test does not have: the test only checks that the command and its options exist.

const page = 'docs/changing-workflows.md';
/** The recorded orders of the copy: with all of them, the commands would take minutes. */
const lives = ['completed-paid-later-by-customer.json'];
const all = blocksOf(page);
const sections = new Map<string, Block[]>();
for (const block of all) {
  const section = sectionOf(block);
  sections.set(section, [...(sections.get(section) ?? []), block]);
}
let tree: Tree;
const git = (...args: string[]) =>
  execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: tree.folder });

beforeAll(async () => {
  tree = await Tree.copy();
  const histories = join(tree.folder, 'test/replay/histories');
  for (const file of await readdir(histories, { recursive: true })) {
    if (file.endsWith('.json') && !lives.includes(basename(file))) await rm(join(histories, file));
  }
  await git('init', '-q', '-b', 'main');
  await git('add', '.');
  await git('commit', '-q', '-m', 'What runs now');
});
afterAll(() => tree.remove());

const isRun = ({ language, label }: Block) => language === 'sh' && label !== 'elsewhere';
const isServer = ({ code }: Block) => code.includes('HOST:PORT');
const recipes = [...sections].filter(([, blocks]) => blocks.some((block) => isRun(block) && !isServer(block)));

describe('on a server with an open order', () => {
  let system: ApiSystem;
  beforeAll(async () => {
    system = await startSystem();
    const worker = await startWorker(system);
    const { id } = (await system.as('shop').place(anOrder({ payment: { method: 'later' } }))).body;
    await until(async () => (await system.as('shop').get(`/v1/orders/${id}`)).body.status === 'awaiting_payment');
    await worker.stop();
    await until(async () => (await system.temporal.client.workflow.count('CloseTime IS NULL')).count === 1);
  });
  afterAll(() => system?.close());

  it.each(all.filter((block) => isRun(block) && isServer(block)))(
    'line $line: $code',
    async ({ code }) => {
      const { address, namespace } = system.temporal;
      const output = await runs(code.replace('HOST:PORT', address).replace('NAMESPACE', namespace), 0);
      expect(output).toContain('Safe to deploy: both do the same.');
      expect(output).toContain('0 of 1 open runs would break with this code');
    },
    300_000,
  );
});

const elsewhere = all.filter(({ label }) => label === 'elsewhere').flatMap(({ code }) => code.trim().split('\n'));
const inCi = [...read('docs/examples/safe-to-deploy.yml').matchAll(/run: (npm run .*)/g)].map((match) => match[1]!);

it.each([...elsewhere, ...inCi])(
  'the options of `%s` exist',
  async (line) => {
    const [program, ...args] = line.split(' ');
    const options = args.filter((arg) => arg.startsWith('--') && arg !== '--');
    const end = args.findIndex((arg) => arg.startsWith('-'));
    const words = end === -1 ? args : args.slice(0, end);
    const help =
      program === 'temporal'
        ? await execa(await findTemporalCli(), [...words, '--help'])
        : await tree.run('npm', ...words, '--', '--help');
    for (const option of options) expect(help.stdout).toContain(`${option} `);
  },
  300_000,
);

describe.each(recipes)('%s', (_section, blocks) => {
  const here = blocks.filter(isRun);
  afterAll(async () => {
    await git('checkout', '-q', '.');
    await git('clean', '-fdq', 'test');
  });

  it.each(here)(
    'line $line: $code',
    async (command) => {
      const before = here[here.indexOf(command) - 1];
      const at = blocks.indexOf(command);
      await tree.apply(blocks.slice(before ? blocks.indexOf(before) : 0, at));
      const status = Number(/^status (\d)$/.exec(command.label)?.[1] ?? 0);
      const output = await runs(command.code, status);
      const answer = blocks[at + 1]?.language === 'text' ? blocks[at + 1]!.code.trimEnd().split('\n') : [];
      for (const line of answer) expect(output).toContain(line.trim());
    },
    300_000,
  );
});

it('the example of a patch breaks recorded orders without the patch', async () => {
  await tree.apply(sections.get('## The engine')!);
  const file = join(tree.folder, 'workflows/temporal/ports.ts');
  const code = await readFile(file, 'utf8');
  const unpatched = code.replace("patched('notices-are-queued') ? 'notification' : undefined", "'notification'");
  await writeFile(file, unpatched);
  await runs('npm run replay', 1);
  await git('checkout', '-q', '.');
}, 300_000);

/** Runs commands in the copy, and gives what they print. */
async function runs(code: string, status: number): Promise<string> {
  const { all: output, exitCode } = await tree.run('sh', '-ec', code);
  expect(exitCode, output).toBe(status);
  return output;
}

/** The heading that a block stands below. */
function sectionOf({ line }: Block): string {
  const above = read(page)
    .split('\n')
    .slice(0, line - 1);
  return above.findLast((text) => text.startsWith('#'))!;
}
