/**
 * Asks again and again until the answer is there, for what no event tells.
 *
 * @param ask returns undefined, or throws, as long as it is not.
 * @throws {Error} with the last reason when it does not come within the time.
 */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>, withinMs = 20_000): Promise<T> {
  let reason: unknown = 'no answer';
  for (const end = Date.now() + withinMs; Date.now() < end;) {
    try {
      const answer = await ask();
      if (answer !== undefined && (answer as unknown) !== false) return answer;
    } catch (error) {
      reason = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`not so after ${withinMs / 1000} s: ${reason instanceof Error ? reason.message : String(reason)}`, {
    cause: reason,
  });
}
