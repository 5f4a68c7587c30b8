import type { Logger } from 'pino';
import { openLog } from './log.js';

/** What a program runs until it is told to stop. */
export interface Running {
  /** e.g. http://127.0.0.1:4001 */
  url: string;
  /** Rejects when the program cannot continue. */
  failed?: Promise<never>;
  /** Answers the requests in flight, then releases everything. */
  close: () => Promise<void>;
}

/**
 * The main of a program: starts it, reports `ready` to the log and to the parent process, and stops it on SIGTERM or SIGINT.
 *
 * `stopping` aborts on a signal, also while the program still waits for what it needs; the start then throws its reason.
 *
 * The exit status is 0 after a stop, 1 when the program cannot start or continue. (A configuration error ends it before this, with status
 * 2: see `loadConfigOrExit`.)
 *
 *     const config = loadConfigOrExit(['ORDERS_URL']);
 *     await runProgram({ name: 'api', logLevel: config.logLevel }, (log) => startApi(config, log));
 */
export async function runProgram(
  { name, logLevel }: { name: string; logLevel: string },
  start: (log: Logger, stopping: AbortSignal) => Promise<Running>,
): Promise<void> {
  const log = openLog(name, logLevel);
  const stopping = new AbortController();
  const stopSignal = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        stopping.abort(new Error(`stopped by ${signal}`));
        resolve(signal);
      });
    }
  });
  try {
    const running = await start(log, stopping.signal);
    log.info({ url: running.url }, 'ready');
    process.send?.('ready');
    try {
      log.info({ signal: await Promise.race([stopSignal, ...(running.failed ? [running.failed] : [])]) }, 'stopping');
    } finally {
      await running.close();
    }
  } catch (error) {
    if (stopping.signal.aborted && error === stopping.signal.reason) return log.info('stopped before it was ready');
    log.fatal({ err: error }, 'Fatal error; the program ends');
    process.exitCode = 1;
  } finally {
    // An open channel to the parent would keep the process alive.
    if (process.connected) process.disconnect();
  }
}
