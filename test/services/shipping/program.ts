import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const root = new URL('../../..', import.meta.url).pathname;

/**
 * Compiles one program of the project, and what it imports, without a type check: for tests that start it as a process.
 *
 * @param entry from the project's root, e.g. `services/shipping/main.ts`.
 */
export async function compileProgram(entry: string): Promise<{ path: string; remove: () => Promise<void> }> {
  const out = await mkdtemp(join(tmpdir(), 'orderflow-program-'));
  await symlink(join(root, 'node_modules'), join(out, 'node_modules'));
  await writeFile(join(out, 'package.json'), '{"type":"module"}');
  const open = [resolve(root, entry)];
  const done = new Set<string>();
  for (let file = open.pop(); file; file = open.pop()) {
    if (done.has(file)) continue;
    done.add(file);
    const source = await readFile(file, 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true },
    });
    const target = join(out, relative(root, file)).replace(/\.ts$/, '.js');
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
    for (const { fileName } of ts.preProcessFile(outputText).importedFiles) {
      if (fileName.startsWith('.')) open.push(resolve(dirname(file), fileName.replace(/\.js$/, '.ts')));
    }
  }
  return {
    path: join(out, entry).replace(/\.ts$/, '.js'),
    remove: () => rm(out, { recursive: true, force: true }),
  };
}
