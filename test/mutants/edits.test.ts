import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CannotRun } from '../../tools/cli/command.js';
import { applied } from '../../tools/cli/mutants/apply.js';
import { kindOf } from '../../tools/cli/mutants/edit.js';
import { edits } from '../../tools/cli/mutants/edits/index.js';
import { exceptions } from '../../tools/cli/mutants/exceptions.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the edits of the workflow code', () => {
  it('fit the code as it is, but for a few that a harmless change has outdated', async () => {
    const outdated: string[] = [];
    for (const edit of edits) {
      try {
        const { files, places } = await applied(edit, root);
        expect(files.size).toBeGreaterThan(0);
        expect(places).toHaveLength(edit.changes.length);
      } catch (error) {
        if (!(error instanceof CannotRun)) throw error;
        outdated.push(error.message);
      }
    }
    if (outdated.length > 0) console.warn(`These edits are tried no longer. Adapt them:\n${outdated.join('\n')}`);
    expect(outdated.length, outdated.join('\n')).toBeLessThan(edits.length / 20);
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
