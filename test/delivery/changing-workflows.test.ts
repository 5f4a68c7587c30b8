import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTemporalCli } from '../../tools/local/temporal-cli.js';
import { blocksOf, read, root, type Block } from './markdown.js';
import { Tree } from './tree.js';

// Follows docs/changing-workflows.md in a copy of the tree. Each section with `diff` blocks is a recipe of its own. A command with the label
// `elsewhere` needs a running system: the test only checks that the command and its options exist.

const page = 'docs/changing-workflows.md';
const commands = blocksOf(page).filter(({ language }) => language === 'sh');
const sections = new Map<string, Block[]>();
for (const block of blocksOf(page)) {
  const section = sectionOf(block);
  sections.set(section, [...(sections.get(section) ?? []), block]);
}
let tree: Tree;

beforeAll(async () => {
  tree = await Tree.copy();
});
afterAll(() => tree.remove());

const isRun = ({ language, label }: Block) => language === 'sh' && label !== 'elsewhere';
const recipes = [...sections].filter(([, blocks]) => blocks.some(isRun));

describe.each(recipes)('%s', (_section, blocks) => {
  const here = blocks.filter(isRun);
  const changed = new Set(blocks.filter(({ language }) => language === 'diff').map(({ label }) => label));
  afterAll(async () => {
    for (const file of changed) await copyFile(join(root, file), join(tree.folder, file));
  });

  it.each(here)(
    'line $line: $code',
    async (command) => {
      const before = here[here.indexOf(command) - 1];
      await tree.apply(blocks.slice(before ? blocks.indexOf(before) : 0, blocks.indexOf(command)));
      const { all, exitCode } = await tree.run('sh', '-ec', command.code);
      expect(exitCode, all).toBe(0);
    },
    300_000,
  );
});

it('the example of a patch breaks recorded orders without the patch', async () => {
  await tree.apply(sections.get('## The engine')!);
  const file = join(tree.folder, 'workflows/temporal/ports.ts');
  const code = await readFile(file, 'utf8');
  const unpatched = code.replace("patched('notices-are-queued') ? 'notification' : undefined", "'notification'");
  await writeFile(file, unpatched.replace('  patched,\n', ''));
  const { all, exitCode } = await tree.run('npm', 'run', 'replay');
  await copyFile(join(root, 'workflows/temporal/ports.ts'), file);
  expect(exitCode, all).toBe(1);
}, 300_000);

const elsewhere = commands.filter(({ label }) => label === 'elsewhere').flatMap(({ code }) => code.trim().split('\n'));
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

/** The heading that a block stands below. */
function sectionOf({ line }: Block): string {
  const above = read(page)
    .split('\n')
    .slice(0, line - 1);
  return above.findLast((text) => text.startsWith('#'))!;
}
