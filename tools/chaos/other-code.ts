import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { programs } from '../local/parts.js';
import { launch, type Child } from '../local/program.js';
import { readyByMessage } from '../local/readiness.js';

/**
 * Workflow code that fits no run that is under way: it begins with a timer, where the histories have a call. It does nothing for a run
 * that has done nothing yet, so that such a run can still go on with the right code.
 */
const otherWorkflows = `
import { condition, sleep, workflowInfo } from '@temporalio/workflow';

const fails = () => {
  if (!workflowInfo().unsafe.isReplaying) throw new Error('this worker has other code');
  return false;
};
async function other() {
  fails();
  await Promise.race([sleep('1 day'), condition(fails)]);
}
export { other as processOrder, other as processReturns, other as processLatePayment, other as settleOrder };
`;

/**
 * Starts a worker of the same program with other workflow code. Resolves when it takes work.
 *
 * @param signal stops it while it starts.
 */
export async function startOtherWorker(folder: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Child> {
  const root = join(folder, 'other');
  const dist = join(root, 'dist');
  await mkdir(dist, { recursive: true });
  for (const part of ['activities', 'contracts', 'services', 'src', 'workflows']) {
    await cp(join(programs, part), join(dist, part), { recursive: true });
  }
  await writeFile(join(dist, 'workflows', 'index.js'), otherWorkflows);
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  await symlink(join(dirname(programs), 'node_modules'), join(root, 'node_modules')).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  const worker = await launch('other worker', {
    command: process.execPath,
    args: [join(dist, 'src/worker/main.js')],
    env,
    cwd: root,
    ipc: true,
    ready: readyByMessage,
    stopSignal: 'SIGTERM',
    graceMs: 20_000,
  });
  const stop = () => void worker.stop();
  signal.addEventListener('abort', stop);
  try {
    if (signal.aborted) stop();
    await worker.ready;
    return worker;
  } catch (error) {
    await worker.stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
