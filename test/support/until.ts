import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the answer is there, for what no event tells.
 *
 * @param ask returns undefined or false, or throws, as long as it is not.
 * @param seen what a reader of the failure wants to see: what is there instead.
 * @throws {Error} with the question, and what is there instead, when the answer does not come within the time.
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

/** The words of a wait that was in vain: what was waited for, as the test writes it, and what is there. */
export function notSo(waitedFor: (...values: never[]) => unknown, afterMs: number, instead: unknown): string {
  const question = String(waitedFor).replaceAll(/\s+/g, ' ').slice(0, 300);
  return `not so after ${afterMs / 1000} s: ${question}\ninstead: ${told(instead).slice(0, 4_000)}`;
}

function told(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === 'string' ? value : (JSON.stringify(value, null, 1) ?? 'no answer');
}
