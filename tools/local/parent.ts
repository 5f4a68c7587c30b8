import { userEnvironment } from '../../src/config/index.js';

const askEveryMs = 250;

/**
 * npm runs a script through a shell, and that ends by a SIGTERM to npm without handing it on. So a program that npm started stops
 * when its parent is gone; one that was started otherwise may outlive it.
 *
 * @param gone is called once. No event tells the end of a parent, so it is looked at.
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
