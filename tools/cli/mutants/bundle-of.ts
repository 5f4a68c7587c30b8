import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowBundle } from '@temporalio/worker';
import { replayBundle } from '../replay/bundle.js';

/** Bundles a copy of the workflow code in which some files have another text. */
export async function bundleOf(root: string, files: ReadonlyMap<string, string>): Promise<WorkflowBundle> {
  const copy = await mkdtemp(join(tmpdir(), 'orderflow-mutant-'));
  try {
    for (const name of ['workflows', 'contracts']) await cp(join(root, name), join(copy, name), { recursive: true });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [file, text] of files) await writeFile(join(copy, file), text);
    return await replayBundle(join(copy, 'workflows/index.ts'));
  } finally {
    await rm(copy, { recursive: true });
  }
}
