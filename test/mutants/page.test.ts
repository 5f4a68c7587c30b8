import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { kindOf, type Truth } from '../../tools/cli/mutants/edit.js';
import { edits } from '../../tools/cli/mutants/edits/index.js';
import { exceptions } from '../../tools/cli/mutants/exceptions.js';
import { writePart } from '../../tools/cli/mutants/page.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = await readFile(join(root, 'docs/mutants.md'), 'utf8');

/** The cells of the rows of a table, under their first cells. */
function rowsOf(head: string): Map<string, string[]> {
  const start = page.split('\n').findIndex((line) => line.replace(/ +/g, ' ').startsWith(head));
  const lines = page.split('\n').slice(start + 2);
  const rows = lines.slice(0, Math.max(lines.indexOf(''), 0)).map((line) => line.split('|').map((cell) => cell.trim()));
  return new Map(rows.map(([, first, ...cells]) => [first!, cells.slice(0, -1)]));
}

/** `npm run mutants -- --json FILE --write` writes the table. */
it('docs/mutants.md has a result of each edit that there is', () => {
  const kinds = [...new Set(edits.map(kindOf))];
  const counts = new Map([...rowsOf('| kind | edits')].map(([kind, [count]]) => [kind, Number(count)]));
  const expected = kinds.map((kind) => [kind, edits.filter((edit) => kindOf(edit) === kind).length] as const);
  expect(counts).toEqual(new Map([...expected, ['all', edits.length]]));
  const truths: Truth[] = ['unsafe', 'inputs', 'view only', 'safe'];
  const byTruth = new Map(
    [...rowsOf('| truth | judged rightly')].map(([truth, [cell]]) => [truth, cell!.split(' of ')]),
  );
  expect([...byTruth.keys()]).toEqual(truths);
  for (const truth of truths) {
    expect(Number(byTruth.get(truth)![1]), truth).toBe(edits.filter((edit) => edit.truth === truth).length);
  }
});

it('docs/mutants.md explains each edit that is judged wrongly', () => {
  const wrong = [...rowsOf('| truth | judged rightly').values()]
    .map(([cell]) => cell!.split(' of ').map(Number))
    .reduce((sum, [right, all]) => sum + all! - right!, 0);
  expect(Object.keys(exceptions)).toHaveLength(wrong);
  for (const [name, reason] of Object.entries(exceptions)) {
    expect(page).toContain(`- \`${name}\``);
    expect(page.replace(/\s+/g, ' ')).toContain(reason);
  }
});

it('a part of the page is replaced, and the rest stays', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'orderflow-page-'));
  try {
    await mkdir(join(copy, 'docs'));
    await cp(join(root, 'docs/mutants.md'), join(copy, 'docs/mutants.md'));
    await writePart(copy, 'generated', 'nothing but $& this');
    const written = await readFile(join(copy, 'docs/mutants.md'), 'utf8');
    expect(written).toContain('--write -->\n\nnothing but $& this\n\n<!-- end of generated -->');
    const without = (text: string) => text.replace(/(<!-- generated)[^]*(end of generated)/, '$1$2');
    expect(without(written)).toBe(without(page));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});
