import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './program.js';

type Ready = Program['ready'];

/** Ready when a line of output matches the pattern. */
export function readyByLine(pattern: RegExp): Ready {
  return (running) =>
    new Promise((resolve) => {
      running.onLine((line) => {
        if (pattern.test(line)) resolve();
      });
    });
}

/** Ready when a program of this project sends the message `ready`. */
export const readyByMessage: Ready = (running) =>
  new Promise((resolve) => {
    running.onMessage((message) => {
      if (message === 'ready') resolve();
    });
  });

/** Ready when a GET is answered with 200. */
export function readyByHttp(url: string): Ready {
  return async (_running, cut) => {
    while (!cut.aborted) {
      if (await answers(url, cut)) return;
      await sleep(100);
    }
    return never;
  };
}

/** Ready when the first of several ways says so. */
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

/** Uses its own connection and closes it at once. An open connection would keep the program from stopping. */
function answers(url: string, cut: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, headers: { connection: 'close' }, signal: cut, timeout: 2_000 });
    request.once('response', (response) => {
      resolve(response.statusCode === 200);
      request.destroy();
    });
    request.once('timeout', () => request.destroy());
    // No program listens yet, or the request was cut.
    request.on('error', () => resolve(false));
    request.once('close', () => resolve(false));
  });
}
