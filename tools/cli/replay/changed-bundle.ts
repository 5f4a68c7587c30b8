import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowBundle } from '@temporalio/worker';
import { CannotRun } from '../command.js';
import { replayBundle } from './bundle.js';

/** One replacement in one file. */
export interface Edit {
  /** For example `workflows/order/process.ts`. */
  file: string;
  from: string | RegExp;
  to: string;
}

/**
 * Bundles the workflow code of a checkout with edits in it. The checkout stays as it is.
 *
 * @throws {CannotRun} when an edit changes nothing.
 */
export async function changedBundle(root: string, edits: readonly Edit[]): Promise<WorkflowBundle> {
  const copy = await mkdtemp(join(tmpdir(), 'orderflow-changed-'));
  try {
    for (const name of ['workflows', 'contracts']) await cp(join(root, name), join(copy, name), { recursive: true });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const { file, from, to } of edits) {
      const before = await readFile(join(copy, file), 'utf8');
      const after = before.replace(from, to);
      if (after === before) throw new CannotRun(`the edit changes nothing in ${file}: ${String(from)}`);
      await writeFile(join(copy, file), after);
    }
    return await replayBundle(join(copy, 'workflows/index.ts'));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
