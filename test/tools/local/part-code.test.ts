import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { changedFiles, filesOf, hashesBelow } from '../../../tools/local/part-code.js';

const dir = mkdtempSync(join(tmpdir(), 'orderflow-test-code-'));
afterAll(() => rmSync(dir, { recursive: true }));

function write(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
}

it('the code of a part is everything its entry imports, in any way, plus the files in its folders', () => {
  write({
    'a/main.js': "import './side.js';\nimport { x,\n  y } from './multi.js';\nexport * from '../shared/all.js';",
    'a/side.js': "const lazy = () => import('../shared/lazy.js');",
    'a/multi.js': "import fs from 'node:fs';\nimport * as ns from './star.js';import d from \"./default.js\"",
    'a/star.js': '',
    'a/default.js': "import './side.js'; // a circle ends",
    'shared/all.js': '',
    'shared/lazy.js': '',
    'folder/deep/x.js': "import '../../shared/from-folder.js';",
    'shared/from-folder.js': '',
    'other/main.js': '',
  });
  const files = filesOf({ entry: join(dir, 'a/main.js'), folders: [join(dir, 'folder')] });
  expect([...files].map((file) => relative(dir, file)).sort()).toEqual([
    'a/default.js',
    'a/main.js',
    'a/multi.js',
    'a/side.js',
    'a/star.js',
    'folder/deep/x.js',
    'shared/all.js',
    'shared/from-folder.js',
    'shared/lazy.js',
  ]);
});

it('a new, removed or different file is a change; a file written again with the same content is not', () => {
  write({ 'c/same.js': '1', 'c/different.js': '1', 'c/gone.js': '1' });
  const before = hashesBelow(join(dir, 'c'));
  rmSync(join(dir, 'c/gone.js'));
  write({ 'c/same.js': '1', 'c/different.js': '2', 'c/new.js': '1' });
  const changed = changedFiles(before, hashesBelow(join(dir, 'c')));
  expect([...changed].map((file) => relative(join(dir, 'c'), file)).sort()).toEqual([
    'different.js',
    'gone.js',
    'new.js',
  ]);
});
