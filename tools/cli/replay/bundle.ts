import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';

/** This file runs as .ts under the test runner and as .js from dist: its neighbours have the same ending. */
function sourceFile(path: string): string {
  const compiled = fileURLToPath(new URL(`${path}.js`, import.meta.url));
  return existsSync(compiled) ? compiled : compiled.replace(/\.js$/, '.ts');
}

/**
 * The checkout's workflow code with the witness beside it.
 *
 * @param workflowsPath another entry to bundle instead.
 */
export async function replayBundle(workflowsPath = sourceFile('../../../workflows/index')): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [sourceFile('./witness')],
    logger: new DefaultLogger('ERROR'),
  });
}
