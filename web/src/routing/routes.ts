/** The addresses of the page. src/api/page serves the same ones. */
export const routes = {
  orders: '/',
  order: (id: string) => `/orders/${encodeURIComponent(id)}`,
  trouble: '/trouble',
  bulk: (id: string) => `/bulk/${encodeURIComponent(id)}`,
  processes: '/processes',
  process: (name: string) => `/processes/${encodeURIComponent(name)}`,
  overview: '/overview',
  place: '/place',
} as const;

export type Route =
  | { name: 'orders' | 'trouble' | 'processes' | 'overview' | 'place' | 'nothing' }
  | { name: 'order' | 'bulk' | 'process'; id: string };

/** @param path as the address has it. A part that is not properly encoded leads nowhere. */
export function routeOf(path: string): Route {
  let parts: string[];
  try {
    parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return { name: 'nothing' };
  }
  const [first, second] = parts;
  if (parts.length > 2) return { name: 'nothing' };
  if (first === undefined) return { name: 'orders' };
  if (second === undefined) {
    if (
      first === 'orders' ||
      first === 'trouble' ||
      first === 'processes' ||
      first === 'overview' ||
      first === 'place'
    ) {
      return { name: first };
    }
    return { name: 'nothing' };
  }
  if (first === 'orders') return { name: 'order', id: second };
  if (first === 'bulk') return { name: 'bulk', id: second };
  if (first === 'processes') return { name: 'process', id: second };
  return { name: 'nothing' };
}
