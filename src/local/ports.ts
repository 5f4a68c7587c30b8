import { createServer } from 'node:net';

/** @returns a TCP port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port as number;
}

/** @returns distinct free ports: all are held until the last one is found. */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, () => listen(0)));
  try {
    return held.map(({ port }) => port);
  } finally {
    await Promise.all(held.map(({ close }) => close()));
  }
}

/** @returns whether something already listens on the port (or the system does not let us have it). */
export async function isBusy(port: number, host = '127.0.0.1'): Promise<boolean> {
  try {
    const { close } = await listen(port, host);
    await close();
    return false;
  } catch {
    return true;
  }
}

function listen(port: number, host = '127.0.0.1'): Promise<{ port: number; close: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('no TCP address'));
      resolve({ port: address.port, close: () => new Promise((closed) => server.close(() => closed())) });
    });
  });
}
