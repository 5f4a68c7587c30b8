import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { WorkflowBundle } from '@temporalio/worker';
import { CannotRun } from '../command.js';
import { replayBundle } from './bundle.js';
import { BundledModules } from './bundled-modules.js';

/** One replacement in one file. */
export interface Edit {
  /** For example `workflows/order/process.ts`. */
  file: string;
  from: string | RegExp;
  to: string;
}

/**
 * The workflow code of a checkout with edits in it, as a bundle. The checkout stays as it is.
 *
 * @throws {CannotRun} when an edit changes nothing.
 */
export async function changedBundle(root: string, edits: readonly Edit[]): Promise<WorkflowBundle> {
  const files = new Map<string, string>();
  for (const { file, from, to } of edits) {
    const before = files.get(file) ?? (await readFile(join(root, file), 'utf8'));
    const after = before.replace(from, to);
    if (after === before) throw new CannotRun(`the edit changes nothing in ${file}: ${String(from)}`);
    files.set(file, after);
  }
  return bundleWith(root, files);
}

/** The workflow code of a checkout with other texts of some files, by their paths in it. */
export async function bundleWith(root: string, files: ReadonlyMap<string, string>): Promise<WorkflowBundle> {
  const modules = await modulesOf(root);
  return modules.with(files) ?? (await bundledAnew(root, files));
}

const bundled = new Map<string, Promise<BundledModules>>();

/** The workflow code of a checkout, bundled once in this program. */
export function modulesOf(root: string): Promise<BundledModules> {
  const entry = resolve(root, 'workflows/index.ts');
  const modules = bundled.get(entry) ?? replayBundle(entry).then((bundle) => new BundledModules(bundle));
  bundled.set(entry, modules);
  return modules;
}

/** For an edit that brings new modules with it. */
async function bundledAnew(root: string, files: ReadonlyMap<string, string>): Promise<WorkflowBundle> {
  const copy = await mkdtemp(join(tmpdir(), 'orderflow-changed-'));
  try {
    for (const name of ['workflows', 'contracts']) await cp(join(root, name), join(copy, name), { recursive: true });
    await symlink(resolve(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [file, text] of files) await writeFile(join(copy, file), text);
    return await replayBundle(join(copy, 'workflows/index.ts'));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
