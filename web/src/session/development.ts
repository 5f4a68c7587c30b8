import { useResource } from '../api/use-resource.js';
import type { Session } from './key.js';

interface DevelopmentKeys {
  items: { key: string; shopId: string; role: Session['role'] }[];
}

/** The keys of a server that runs with the development keys; none on any other. */
export function useDevelopmentKeys() {
  return useResource<DevelopmentKeys>('/v1/development-keys');
}

export function useIsDevelopment(): boolean {
  return (useDevelopmentKeys().data?.items.length ?? 0) > 0;
}
