import { useSyncExternalStore } from 'react';

/** The page's address: the path, and the query that holds the filters. */
const listeners = new Set<() => void>();

function subscribe(onChange: () => void): () => void {
  listeners.add(onChange);
  window.addEventListener('popstate', onChange);
  return () => {
    listeners.delete(onChange);
    window.removeEventListener('popstate', onChange);
  };
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => window.location.pathname);
}

/** The query of the address, and a function that changes single parameters of it. */
export function useQuery(): [
  URLSearchParams,
  (changes: Record<string, string | readonly string[] | undefined>) => void,
] {
  const search = useSyncExternalStore(subscribe, () => window.location.search);
  return [new URLSearchParams(search), changeQuery];
}

function changeQuery(changes: Record<string, string | readonly string[] | undefined>): void {
  const query = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) if (each) query.append(name, each);
  }
  const text = query.toString();
  navigate(window.location.pathname + (text && `?${text}`), { replace: true });
}

/** Goes to another address of the page. */
export function navigate(href: string, { replace = false } = {}): void {
  if (replace) window.history.replaceState(null, '', href);
  else window.history.pushState(null, '', href);
  if (!replace) window.scrollTo(0, 0);
  for (const listener of [...listeners]) listener();
}
