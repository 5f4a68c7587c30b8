/**
 * Starts the time of a call. Its signal aborts when the time is over, or when the caller aborts. `AbortSignal.any` with
 * `AbortSignal.timeout` would do the same, but cost more CPU than the rest of a call: that timer stays when the call has ended, and makes
 * an exception with a stack when it fires.
 */
export function startDeadline(ms: number, caller?: AbortSignal): { signal: AbortSignal; clear: () => void } {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(new Error(`not ended within ${ms} ms`)), ms);
  const abort = () => ending.abort(caller?.reason);
  if (caller?.aborted) abort();
  else caller?.addEventListener('abort', abort);
  return {
    signal: ending.signal,
    clear: () => {
      clearTimeout(timer);
      caller?.removeEventListener('abort', abort);
    },
  };
}
