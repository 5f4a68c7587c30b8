import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blocksOf, root, type Block } from './markdown.js';

// Follows docs/adding-a-step.md to the letter, in a copy of the tree: `diff` blocks change a file, `ts` blocks make a new one.

const page = 'docs/adding-a-step.md';
const notCopied = ['node_modules', '.git', '.data'];
let tree: string;

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'orderflow-adding-a-step-'));
  const wanted = (path: string) => !notCopied.includes(relative(root, path).split(sep)[0]!);
  await cp(root, tree, { recursive: true, preserveTimestamps: true, filter: wanted });
  await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
});
afterAll(() => rm(tree, { recursive: true, force: true }));

const inTree = (command: string, ...args: string[]) => execa(command, args, { cwd: tree, all: true, reject: false });

/** A reader finds the place by the lines that stay and the lines to remove, so the file has them exactly once. */
async function change({ label, code, line }: Block): Promise<void> {
  const file = join(tree, label);
  const lines = code.replace(/\n$/, '').split('\n');
  const without = (sign: string) =>
    lines
      .filter((text) => !text.startsWith(sign))
      .map((text) => `${text.slice(1)}\n`)
      .join('');
  const [before, ...others] = (await readFile(file, 'utf8')).split(without('+'));
  expect(others, `${page}:${line} must match exactly one place of ${label}`).toHaveLength(1);
  await writeFile(file, `${before}${without('-')}${others[0]}`);
}

/** Applies the blocks of a part of the page. */
async function apply(blocks: readonly Block[]): Promise<void> {
  for (const block of blocks) {
    if (block.language === 'diff') await change(block);
    if (!block.label.startsWith('new ')) continue;
    const file = join(tree, block.label.slice('new '.length));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, block.code, { flag: 'wx' });
  }
}

const blocks = blocksOf(page);
const replayCommand = blocks.findIndex(({ code }) => code === 'npm run replay\n');
const testCommand = blocks.find(({ code }) => code.includes('npx vitest run '))!;

it('makes `npm run replay` ask for a new version', async () => {
  await apply(blocks.slice(0, replayCommand));
  const { all, exitCode } = await inTree('npm', 'run', 'replay');
  expect(exitCode, all).toBe(1);
  expect(all).toContain('A changed graph needs a new definition version');
}, 120_000);

it('replays open orders with the old version', async () => {
  await apply(blocks.slice(replayCommand));
  const { all, exitCode } = await inTree('npm', 'run', 'replay');
  expect(exitCode, all).toBe(0);
}, 120_000);

it('compiles', async () => {
  const { all, exitCode } = await inTree('npx', 'tsc', '-p', 'tsconfig.json');
  expect(exitCode, all).toBe(0);
}, 120_000);

it('passes its tests', async () => {
  const { all, exitCode } = await inTree('sh', '-c', testCommand.code);
  expect(exitCode, all).toBe(0);
}, 120_000);
