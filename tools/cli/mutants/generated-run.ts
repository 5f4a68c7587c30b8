import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { GeneratedEdit } from './generate.js';
import { generatedFrom } from './generate.js';
import type { Judgement } from './judge.js';
import { sampled } from './sample.js';

/** What the lives say of an edit that a program made. Its truth is what the code does on them, before and after. */
export interface JudgedGenerated {
  name: string;
  what: string;
  verdict: Judgement['verdict'] | 'hangs';
  says?: string;
  /** Some life gets to the place of the edit. */
  isReached: boolean;
}

/** Edits of all workflow code, chosen by the seed. */
export async function generatedEdits(root: string, count: number, seed: number): Promise<GeneratedEdit[]> {
  const files = (await readdir(join(root, 'workflows'), { recursive: true })).filter((file) => file.endsWith('.ts'));
  const all = await Promise.all(
    files.sort().map(async (file) => {
      const path = `workflows/${file.replaceAll('\\', '/')}`;
      return generatedFrom(path, await readFile(join(root, path), 'utf8'));
    }),
  );
  return sampled(all.flat(), count, seed);
}

/** One line for each edit that changes nothing that a life shows, and totals. */
export function renderGenerated(all: readonly JudgedGenerated[]): string {
  const isSeen = ({ verdict }: JudgedGenerated): boolean => verdict !== 'same';
  const unreached = all.filter((each) => !isSeen(each) && !each.isReached);
  const equal = all.filter((each) => !isSeen(each) && each.isReached);
  const list = (edits: readonly JudgedGenerated[]) => edits.map(({ name, what }) => `  ${name}: ${what}\n`).join('');
  return (
    `no life gets there:\n${list(unreached)}\n` +
    `lives get there, and nothing differs (the edit means the same, or a variant of a life is missing):\n${list(equal)}\n` +
    `${all.length} generated edits: ${all.filter(isSeen).length} seen, ${unreached.length} where no life gets, ` +
    `${equal.length} without a difference\n`
  );
}
