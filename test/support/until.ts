import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Polls until an answer is there. Use it only where no event tells of the change.
 *
 * @param ask returns undefined or false, or throws, until the answer is there.
 * @param seen returns the current state for the failure message; the default is the last answer.
 * @throws {Error} with the question and the current state, when the answer does not come in time.
 */
export async function until<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  withinMs = 20_000,
  seen?: () => unknown,
): Promise<T> {
  let last: unknown;
  for (const end = Date.now() + withinMs; Date.now() < end;) {
    try {
      last = await ask();
      if (last !== undefined && last !== false) return last as T;
    } catch (error) {
      last = error;
    }
    await sleep(25);
  }
  const instead = seen ? seen() : last;
  throw new Error(notSo(ask, withinMs, instead), last instanceof Error ? { cause: last } : {});
}

/** The message of a wait that timed out: the condition, as the test writes it, and the current state. */
export function notSo(waitedFor: (...values: never[]) => unknown, afterMs: number, instead: unknown): string {
  const question = String(waitedFor).replaceAll(/\s+/g, ' ').slice(0, 300);
  return `not so after ${afterMs / 1000} s: ${question}\ninstead: ${told(instead).slice(0, 4_000)}`;
}

function told(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === 'string' ? value : (JSON.stringify(value, null, 1) ?? 'no answer');
}
