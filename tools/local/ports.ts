import { connect, createServer } from 'node:net';

/**
 * Below the range from which systems take the ports of outgoing connections, so that none of those takes one between its
 * being found free and its being used.
 */
const range = { from: 15_000, to: 32_000 };
const handedOut = new Set<number>();

/** @returns a TCP port of the loopback interface that is free, and that this process has not been given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const port = range.from + Math.floor(Math.random() * (range.to - range.from));
    if (handedOut.has(port) || (await whyBusy(port)) !== undefined) continue;
    handedOut.add(port);
    return port;
  }
  throw new Error(`no free TCP port found between ${range.from} and ${range.to}`);
}

/** @returns as many distinct free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

/** @returns why nothing can listen there, or undefined when something can. */
export async function whyBusy(port: number, host = '127.0.0.1'): Promise<string | undefined> {
  // A listener on all interfaces does not everywhere keep another off one of them, so it is also asked whether one answers.
  if (await somebodyAnswers(port, host)) return 'in use';
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'in use' : error.message),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function somebodyAnswers(port: number, host: string): Promise<boolean> {
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
