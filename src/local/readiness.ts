import type { Program } from './process.js';

type Ready = Program['ready'];

/** Readiness by a line of output. */
export function readyByLine(pattern: RegExp): Ready {
  return (running) =>
    new Promise((resolve) => {
      running.onLine((line) => {
        if (pattern.test(line)) resolve();
      });
    });
}

/** Readiness by the message `ready` of a program of this project. */
export const readyByMessage: Ready = (running) =>
  new Promise((resolve) => {
    running.onMessage((message) => {
      if (message === 'ready') resolve();
    });
  });

/** Readiness by an answer 200 to a GET. */
export function readyByHttp(url: string): Ready {
  return async (_running, cut) => {
    while (!cut.aborted) {
      if (await answers(url, cut)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return never;
  };
}

/** Whichever comes first. */
export function readyByAny(...ways: Ready[]): Ready {
  return (running, cut) => Promise.race(ways.map((way) => way(running, cut)));
}

const never = new Promise<never>(() => undefined);

async function answers(url: string, cut: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([cut, AbortSignal.timeout(2_000)]) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // Nobody listens yet.
  }
}
