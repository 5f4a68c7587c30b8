import { userEnvironment } from '../../src/config/index.js';

const askEveryMs = 250;

/**
 * Calls back when the parent of a program that npm started is gone. npm runs a script through a shell: a SIGTERM to npm ends that shell,
 * but the shell does not pass the signal on. Does nothing if npm did not start this program, which may then outlive its parent.
 *
 * @param gone is called once. Node has no event for the end of a parent, so this polls.
 */
export function whenParentIsGone(gone: () => void): void {
  if (!userEnvironment().npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, askEveryMs);
  timer.unref();
}
