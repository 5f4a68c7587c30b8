import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { applied } from '../../tools/cli/mutants/apply.js';
import { kindOf } from '../../tools/cli/mutants/edit.js';
import { edits } from '../../tools/cli/mutants/edits/index.js';
import { exceptions } from '../../tools/cli/mutants/exceptions.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the edits of the workflow code', () => {
  it.each(edits)('$name fits the code as it is', async (edit) => {
    const { files, places } = await applied(edit, root);
    expect(files.size).toBeGreaterThan(0);
    expect(places).toHaveLength(edit.changes.length);
  });

  it('have names of their own, and say what a report should name', () => {
    expect(edits.map(({ name }) => name)).toEqual([...new Set(edits.map(({ name }) => name))]);
    expect(edits.length).toBeGreaterThanOrEqual(120);
    expect([...new Set(edits.map(kindOf))].sort()).toEqual([
      'answers',
      'calls',
      'clock',
      'engine',
      'graph',
      'late',
      'messages',
      'publications',
      'returns',
      'safe',
      'timers',
      'undo',
      'versions',
    ]);
  });

  it('that are exceptions exist, each with a reason', () => {
    const names = edits.map(({ name }) => name);
    for (const [name, reason] of Object.entries(exceptions)) {
      expect(names).toContain(name);
      expect(reason).toMatch(/\w+ \w+/);
    }
  });

  it('are refused when the code has another text', async () => {
    const edit = edits[0]!;
    const changes: typeof edit.changes = [{ ...edit.changes[0], from: 'this text is nowhere' }];
    await expect(applied({ name: 'x', changes }, root)).rejects.toThrow(
      'the edit x does not fit: workflows/order/process.ts has "this text is nowhere" 0 times instead of once',
    );
  });
});
