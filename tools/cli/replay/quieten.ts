import { DefaultLogger, Runtime, type RuntimeOptions } from '@temporalio/worker';
import { recordStackTraces } from '../../../src/worker/stack-traces.js';
import { replayWithoutWatchdog } from './without-watchdog.js';

/** Nothing needs time to stop: Ctrl-C ends the program at once. */
export const endsAtOnce = { shutdownSignals: [] } satisfies RuntimeOptions;

/** Prepares the SDK of this program for replays. Call it before anything else of the SDK. */
export function quieten(more: RuntimeOptions = {}): void {
  Runtime.install({
    // The SDK's own output about a failed replay is hard to read. The report explains it.
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'OFF' } },
    ...more,
  });
  // Nobody reads them: the report says what the code does instead, and at which event.
  recordStackTraces('off');
  replayWithoutWatchdog();
}
