import { useEffect, useRef } from 'react';
import { onOrderChange } from './live.js';

const oftenestMs = 2000;

/** Reads again while orders change, at most every two seconds. */
export function useReloadOnChange(reload: () => void): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    const unsubscribe = onOrderChange(() => {
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        reload();
      }, oftenestMs);
    });
    return () => {
      unsubscribe();
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [reload]);
}
