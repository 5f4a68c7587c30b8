import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { root, type Block } from './markdown.js';

const notCopied = ['node_modules', '.git', '.data'];

/** A copy of the repository, in which a test does what a page says. */
export class Tree {
  private constructor(readonly folder: string) {}

  static async copy(): Promise<Tree> {
    const folder = await mkdtemp(join(tmpdir(), 'orderflow-tree-'));
    const wanted = (path: string) => !notCopied.includes(relative(root, path).split(sep)[0]!);
    await cp(root, folder, { recursive: true, preserveTimestamps: true, filter: wanted });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    return new Tree(folder);
  }

  run = (command: string, ...args: string[]) => execa(command, args, { cwd: this.folder, all: true, reject: false });

  remove = () => rm(this.folder, { recursive: true, force: true });

  /** Applies blocks of a page: `diff` changes a file, and a label `new FILE` makes one. Other blocks change nothing. */
  async apply(blocks: readonly Block[]): Promise<void> {
    for (const block of blocks) {
      if (block.language === 'diff') await this.change(block);
      if (!block.label.startsWith('new ')) continue;
      const file = join(this.folder, block.label.slice('new '.length));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, block.code, { flag: 'wx' });
    }
  }

  /** A reader finds the place by the lines that stay and the lines to remove, so the file has them exactly once. */
  private async change({ page, label, code, line }: Block): Promise<void> {
    const file = join(this.folder, label);
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
}
