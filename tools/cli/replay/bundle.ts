import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';

/** This file runs as .ts in tests and as .js from dist/. The files beside it have the same ending. */
function sourceFile(path: string): string {
  const compiled = fileURLToPath(new URL(`${path}.js`, import.meta.url));
  return existsSync(compiled) ? compiled : compiled.replace(/\.js$/, '.ts');
}

/**
 * Bundles the workflow code of this checkout together with observer.ts.
 *
 * @param workflowsPath another entry to bundle instead.
 */
export async function replayBundle(workflowsPath = sourceFile('../../../workflows/index')): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [sourceFile('./observer')],
    logger: new DefaultLogger('ERROR'),
  });
}
