import { afterAll, beforeAll, expect, it } from 'vitest';
import { blocksOf } from './markdown.js';
import { Tree } from './tree.js';

// Follows docs/adding-a-step.md to the letter, in a copy of the tree: `diff` blocks change a file, `ts` blocks make a new one.

const page = 'docs/adding-a-step.md';
let tree: Tree;

beforeAll(async () => {
  tree = await Tree.copy();
});
afterAll(() => tree.remove());

const inTree = (command: string, ...args: string[]) => tree.run(command, ...args);

const blocks = blocksOf(page);
const replayCommand = blocks.findIndex(({ code }) => code === 'npm run replay\n');
const testCommand = blocks.find(({ code }) => code.includes('npx vitest run '))!;

it('makes `npm run replay` ask for a new version', async () => {
  await tree.apply(blocks.slice(0, replayCommand));
  const { all, exitCode } = await inTree('npm', 'run', 'replay');
  expect(exitCode, all).toBe(1);
  expect(all).toContain('A changed graph needs a new definition version');
}, 300_000);

it('replays open orders with the old version', async () => {
  await tree.apply(blocks.slice(replayCommand));
  const { all, exitCode } = await inTree('npm', 'run', 'replay');
  expect(exitCode, all).toBe(0);
}, 300_000);

it('freezes the new version, and the old ones are as they were', async () => {
  const { all, exitCode } = await inTree('npm', 'run', 'freeze');
  expect(exitCode, all).toBe(0);
  expect(all).toContain('test/replay/definitions/order-v3.json');
}, 300_000);

it('compiles', async () => {
  const { all, exitCode } = await inTree('npx', 'tsc', '-p', 'tsconfig.json');
  expect(exitCode, all).toBe(0);
}, 300_000);

it('passes its tests', async () => {
  const { all, exitCode } = await inTree('sh', '-c', testCommand.code);
  expect(exitCode, all).toBe(0);
}, 300_000);
