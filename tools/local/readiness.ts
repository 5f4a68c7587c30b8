import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './program.js';

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
      await sleep(100);
    }
    return never;
  };
}

/** Whichever comes first. */
export function readyByAny(...ways: Ready[]): Ready {
  return async (running, cut) => {
    const decided = new AbortController();
    const either = AbortSignal.any([cut, decided.signal]);
    try {
      await Promise.race(ways.map((way) => way(running, either)));
    } finally {
      decided.abort();
    }
  };
}

const never = new Promise<never>(() => undefined);

/** On a connection of its own that is closed at once: one left open would keep the program from stopping. */
function answers(url: string, cut: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, headers: { connection: 'close' }, signal: cut, timeout: 2_000 });
    request.once('response', (response) => {
      resolve(response.statusCode === 200);
      request.destroy();
    });
    request.once('timeout', () => request.destroy());
    // Nobody listens yet, or no longer needs to.
    request.on('error', () => resolve(false));
    request.once('close', () => resolve(false));
  });
}
