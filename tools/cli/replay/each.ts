import type { WorkflowBundleOption } from '@temporalio/worker';
import { CannotRun } from '../command.js';
import { failed, isFailed, type Failed, type Read } from './read-ahead.js';
import type { RecordedHistory } from './history.js';
import { replay, type Replayed } from './run.js';

/**
 * Replays the histories on one worker. What could not be read is passed on. If the SDK gives no answer for a history, that one has failed,
 * and the others continue on a new worker, because the old one hangs.
 *
 * @param withinMs how long the SDK may take for a history.
 */
export async function* replayEach(
  items: AsyncIterable<Read>,
  bundle: WorkflowBundleOption,
  withinMs?: number,
): AsyncGenerator<Replayed | Failed> {
  const source = items[Symbol.asyncIterator]();
  const unreadable: Failed[] = [];
  let current: RecordedHistory | undefined;
  let hasEnded = false;
  // It has no `return`, so a replay that gives up leaves the rest to the next one.
  const histories: AsyncIterable<RecordedHistory> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        for (;;) {
          current = undefined;
          const item = await source.next();
          if (item.done) {
            hasEnded = true;
            return { done: true, value: undefined };
          }
          if (!isFailed(item.value)) return { done: false, value: (current = item.value) };
          unreadable.push(item.value);
        }
      },
    }),
  };
  try {
    while (!hasEnded) {
      try {
        for await (const outcome of replay(histories, bundle, withinMs)) {
          yield* unreadable.splice(0);
          yield outcome;
        }
      } catch (error) {
        if (!current || !(error instanceof CannotRun)) throw error;
        yield* unreadable.splice(0);
        yield failed(current.name, error, { isOpen: current.isOpen });
      }
    }
    yield* unreadable;
  } finally {
    await source.return?.();
  }
}
