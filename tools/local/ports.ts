import { connect, createServer } from 'node:net';
import getPort from 'get-port';

/**
 * Yields random ports below the range that systems use for outgoing connections. So an outgoing connection cannot take a port between
 * the check and its use. The ports are random so that programs that search at the same moment find different ones.
 */
function* candidates(): Generator<number> {
  for (;;) yield 15_000 + Math.floor(Math.random() * 17_000);
}

/** @returns a TCP port that is free on all interfaces and that this program has not received before. */
export function freePort(): Promise<number> {
  return getPort({ port: candidates(), reserve: true });
}

/** @returns the reason why a program cannot listen on this port, or undefined when it can. */
export async function whyBusy(port: number, host = '127.0.0.1'): Promise<string | undefined> {
  // On some systems a program can listen on one interface although another program listens on all of them.
  if (await answers(port, host)) return 'in use';
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'in use' : error.message),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** @returns whether a program accepts connections on this port. */
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
