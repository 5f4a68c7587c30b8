import { BusyPortError } from './addresses.js';
import { ConfigError, userEnvironment } from '../../src/config/index.js';
import { SystemConsole } from './console.js';
import { whenParentIsGone } from './parent.js';
import { StartError } from './program.js';
import { CannotStartError, startSystem, type System } from './system.js';
import { welcome } from './welcome.js';

/**
 * Runs the whole system until SIGINT, SIGTERM or SIGHUP (`npm start`).
 *
 * @param running is called when all parts are ready, with a signal that aborts when the system must stop.
 * @returns the exit status: 0 after a stop, 1 when a part does not come up or an unknown error occurs, 2 when nothing could be started.
 */
export async function runSystem(
  running: (system: System, output: SystemConsole, asked: AbortSignal) => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const began = performance.now();
  const output = new SystemConsole();
  const asked = stopSignal(output);
  let system: System;
  try {
    system = await startSystem({
      env: userEnvironment(),
      onLine: (part, line) => output.line(part, line),
      onNote: (part, note) => output.line(part, note),
      onState: (part, state) => output.state(part, state),
      signal: asked,
    });
  } catch (error) {
    if (asked.aborted) return 0;
    const known = [ConfigError, BusyPortError, CannotStartError, StartError].some((kind) => error instanceof kind);
    process.stderr.write(`${known ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`);
    return error instanceof StartError || !known ? 1 : 2;
  }
  output.started();
  process.stdout.write(`${welcome(system, (performance.now() - began) / 1000)}\n`);
  process.send?.('ready');
  try {
    await Promise.all([running(system, output, asked), untilAborted(asked)]);
  } finally {
    await system.stop();
    output.line(undefined, 'stopped');
  }
  return 0;
}

/** Aborts at the first signal. A second signal changes nothing, because the stop is already under way. */
function stopSignal(output: SystemConsole): AbortSignal {
  const asked = new AbortController();
  const stop = (why: string) => {
    if (!asked.signal.aborted) output.line(undefined, `${why}: stopping`);
    asked.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  whenParentIsGone(() => stop('npm is gone'));
  // If the terminal or the log is closed, the parts must still be stopped in order.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => stop('nobody reads the output any more'));
  }
  return asked.signal;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
