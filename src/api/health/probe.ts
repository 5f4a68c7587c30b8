import { get } from 'node:http';

/** `absent`: its machine answers, and the program does not. `unreachable`: nothing can be said, for example behind a firewall. */
export type Probed = 'answers' | 'absent' | 'unreachable';

/** Asks a program whether it is there. A program that is frozen is connected to by its machine, and does not answer. */
export function probe(url: string, withinMs: number): Promise<Probed> {
  return new Promise((resolve) => {
    let isConnected = false;
    const request = get(url, { agent: false, headers: { connection: 'close' } });
    const timer = setTimeout(() => end(isConnected ? 'absent' : 'unreachable'), withinMs);
    const end = (probed: Probed) => {
      clearTimeout(timer);
      resolve(probed);
      request.destroy();
    };
    request.once('socket', (socket) => socket.once('connect', () => (isConnected = true)));
    request.once('response', () => end('answers'));
    request.on('error', ({ code }: NodeJS.ErrnoException) => {
      end(isConnected || code === 'ECONNREFUSED' ? 'absent' : 'unreachable');
    });
  });
}
