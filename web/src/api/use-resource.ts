import { useCallback, useEffect, useRef, useState } from 'react';
import { call, Refused, Unreachable } from './client.js';

export interface Resource<Data> {
  /** The last answer; it stays while a newer one is on its way, and while the connection is lost. */
  data: Data | undefined;
  error: Error | undefined;
  loading: boolean;
  reload: () => void;
}

/**
 * Reads a route for a component, again when the path changes, and every `everyMs`. While the API does not answer it tries again by itself,
 * and at once when the browser is online again.
 *
 *     const { data, error, reload } = useResource<ProcessList>('/v1/processes');
 *
 * @param path undefined: reads nothing yet. An answer of another path is not shown, unless `keep` is set
 */
export function useResource<Data>(
  path: string | undefined,
  { everyMs, keep = false }: { everyMs?: number; keep?: boolean } = {},
): Resource<Data> {
  const [answer, setAnswer] = useState<{ path: string; data: Data }>();
  const [error, setError] = useState<{ path: string; error: Error }>();
  const [round, setRound] = useState(0);
  const failures = useRef(0);

  useEffect(() => {
    if (path === undefined) return;
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (ms: number) => {
      timer = setTimeout(() => setRound((before) => before + 1), ms);
    };
    call<Data>(path, { signal: gone.signal }).then(
      (data) => {
        if (gone.signal.aborted) return;
        failures.current = 0;
        setAnswer({ path, data });
        setError(undefined);
        if (everyMs !== undefined) again(everyMs);
      },
      (reason: unknown) => {
        if (gone.signal.aborted) return;
        setError({ path, error: reason as Error });
        if (isPassing(reason)) again(Math.min(1000 * 2 ** failures.current++, 10_000));
        // One bad answer does not end the reading.
        else if (everyMs !== undefined) again(everyMs);
      },
    );
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [path, round, everyMs]);

  const reload = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    window.addEventListener('online', reload);
    return () => window.removeEventListener('online', reload);
  }, [reload]);
  const data = answer !== undefined && (keep || answer.path === path) ? answer.data : undefined;
  const failed = error !== undefined && error.path === path ? error.error : undefined;
  return { data, error: failed, loading: path !== undefined && data === undefined && failed === undefined, reload };
}

/** Whether the same call is worth another try. */
export function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refused && [429, 503].includes(error.problem.status));
}
