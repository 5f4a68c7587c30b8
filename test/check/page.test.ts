import { join } from 'node:path';
import { expect, it } from 'vitest';
import { invariants } from '../../tools/check/check.js';
import { read, root } from '../delivery/markdown.js';
import { codeDefects } from './code-defects.js';
import { defects } from './defects.js';

const page = 'docs/reliability.md';

/** `npx vitest run test/check/page --update` writes the table; check.test.ts shows that it is true. */
it('docs/reliability.md has every invariant with the defect that it alone finds', async () => {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = invariants.map(({ name, formula }) => {
    const { story } = defects.find(({ invariant }) => invariant === name)!;
    return `| \`${name}\` | ${cell(formula)} | ${cell(story)} |\n`;
  });
  const head = '| invariant | what it compares | a defect that it alone finds |\n|---|---|---|\n';
  await expectTable(head, rows);
});

/** The same; code-defects.test.ts shows that it is true. */
it('docs/reliability.md has every defect of the code', async () => {
  const rows = codeDefects.map(({ invariant, story }) => `| \`${invariant}\` | ${story} |\n`);
  await expectTable('| invariant | a defect in the code that it finds alone |\n|---|---|\n', rows);
});

async function expectTable(head: string, rows: readonly string[]): Promise<void> {
  const begin = read(page).indexOf(head) + head.length;
  const text = read(page);
  const end = text.indexOf('\n\n', begin - 1);
  await expect(text.slice(0, begin) + rows.join('') + text.slice(end + 1)).toMatchFileSnapshot(join(root, page));
}
