import { connect, createServer } from 'node:net';
import getPort from 'get-port';

/**
 * Below the range from which systems take the ports of outgoing connections. None of those can take a port between its being found free and
 * its being used. Random, so that programs that look at the same moment find different ports.
 */
function* candidates(): Generator<number> {
  for (;;) yield 15_000 + Math.floor(Math.random() * 17_000);
}

/** @returns a TCP port that is free on all interfaces, and that this program has not been given before. */
export function freePort(): Promise<number> {
  return getPort({ port: candidates(), reserve: true });
}

/** @returns why nothing can listen there, or undefined when something can. */
export async function whyBusy(port: number, host = '127.0.0.1'): Promise<string | undefined> {
  // On some systems a listener on all interfaces does not keep another one off a single interface.
  if (await answers(port, host)) return 'in use';
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'in use' : error.message),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** @returns whether something accepts connections there. */
export function answers(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host });
    const finish = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    socket.setTimeout(1_000, () => finish(false));
  });
}
