import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { CodeCache } from '../../tools/simulate/runtime/code-cache.js';

it('a module is compiled again only when its name or its text is another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-code-cache-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const compiled: string[] = [];
  const find = (id: string, text: string) =>
    // Each program has a cache of its own, on the same folder.
    new CodeCache(folder).find(id, text, () => {
      compiled.push(`${id} ${text}`);
      return Promise.resolve(`compiled ${text}`);
    });
  expect(await find('a.ts', 'one')).toBe('compiled one');
  expect(await find('a.ts', 'one')).toBe('compiled one');
  expect(await find('a.ts', 'two')).toBe('compiled two');
  expect(await find('b.ts', 'one')).toBe('compiled one');
  expect(compiled).toEqual(['a.ts one', 'a.ts two', 'b.ts one']);
});
