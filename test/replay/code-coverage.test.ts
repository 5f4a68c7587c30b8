import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { branchCoverageOf, type BranchCoverage } from '../../tools/cli/lives/branch-coverage.js';
import { codeCoverageOf, type Branch, type FileCoverage } from '../../tools/cli/lives/code-coverage.js';
import { histories } from '../../tools/cli/lives/histories.js';
import { readHistory } from '../../tools/cli/replay/history.js';

describe('the branches of the workflow code', () => {
  let coverage: BranchCoverage;

  beforeAll(async () => {
    const files = (await readdir(histories, { recursive: true })).filter((file) => file.endsWith('.json')).sort();
    coverage = branchCoverageOf(
      await codeCoverageOf(await Promise.all(files.map((f) => readHistory(join(histories, f))))),
    );
  });

  it('are all taken by some life, or listed with a reason', () => {
    const what =
      'No life takes these branches. Add a life that does to tools/cli/lives, and record it with `npm run replay:record`. ' +
      'If no order can get there, list the branch with the reason in tools/cli/lives/unreached.ts.';
    expect(
      coverage.missing.map(({ id, line }) => `${id} (line ${line})`),
      what,
    ).toEqual([]);
  });

  it('are not listed when a life takes them, or when they are gone', () => {
    expect(coverage.needless, 'Delete these lines from tools/cli/lives/unreached.ts.').toEqual([]);
  });

  it('are taken to 98 percent, without those that no history can have', () => {
    expect(coverage.taken / (coverage.all - coverage.outside)).toBeGreaterThanOrEqual(0.98);
  });
});

describe('the list of branches that no life takes', () => {
  const branch = (id: string, isTaken: boolean): Branch => ({ id: `workflows/a.ts ${id}`, line: 1, isTaken });
  const judge = (branches: Branch[], ...listed: string[]) => {
    const files: FileCoverage[] = [{ file: 'workflows/a.ts', statements: { all: 0, run: 0 }, branches }];
    return branchCoverageOf(files, [{ reason: 'a reason', branches: listed.map((each) => `workflows/a.ts ${each}`) }]);
  };
  const ids = (branches: Branch[]) => branches.map(({ id }) => id.replace('workflows/a.ts ', ''));

  it('names a branch by its function and its text', () => {
    const { missing, needless, listed } = judge([branch('f: x', false), branch('f: y', false)], 'f: x');
    expect(ids(missing)).toEqual(['f: y']);
    expect(listed.map(({ reason }) => reason)).toEqual(['a reason']);
    expect(needless).toEqual([]);
  });

  it('names a function of which nothing runs, but none of which a part runs', () => {
    expect(judge([branch('f: x', false), branch('f.g: y', false), branch('fg: z', true)], 'f')).toMatchObject({
      missing: [],
      needless: [],
    });
    expect(judge([branch('f: x', false), branch('f: y', true)], 'f').needless).toEqual(['workflows/a.ts f']);
  });

  it('has no branch that runs, or that is gone', () => {
    expect(judge([branch('f: x', true)], 'f: x', 'g: y').needless).toEqual([
      'workflows/a.ts f: x',
      'workflows/a.ts g: y',
    ]);
  });
});
