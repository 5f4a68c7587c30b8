import { createStore } from '../state/store.js';

/** Who is signed in: the key, and what the API says about it. */
export interface Session {
  key: string;
  name: string;
  /** `*`: all shops. */
  shopId: string;
  role: 'shop' | 'operator';
}

const storageName = 'orderflow.session';

/** sessionStorage belongs to one tab and ends with it. */
export const session = createStore<Session | undefined>(stored());

/** Why the last session ended, for the sign-in page. */
export const endedBecause = createStore<'expired' | undefined>(undefined);

export function signIn(next: Session): void {
  sessionStorage.setItem(storageName, JSON.stringify(next));
  endedBecause.set(undefined);
  session.set(next);
}

/** @param reason `expired`: the API no longer takes the key. */
export function signOut(reason?: 'expired'): void {
  sessionStorage.removeItem(storageName);
  endedBecause.set(reason);
  session.set(undefined);
}

function stored(): Session | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(storageName) ?? 'null') as Session | null) ?? undefined;
  } catch {
    return undefined;
  }
}
