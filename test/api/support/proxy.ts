import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that reports every chunk, in both directions. */
export class Proxy {
  /** Called right after a chunk was passed on. */
  onPassed: (() => void) | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly address: string,
  ) {}

  /** @param target `host:port` */
  static async to(target: string): Promise<Proxy> {
    const [host, port] = target.split(':') as [string, string];
    const server = createServer((near) => proxy.pair(near, connect(Number(port), host)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: own } = server.address() as { port: number };
    const proxy = new Proxy(server, `127.0.0.1:${own}`);
    return proxy;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private pair(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (piece) => {
        to.write(piece);
        this.onPassed?.();
      });
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      // One side is killed on purpose, so errors of the other are expected.
      from.on('error', () => to.destroy());
    }
  }
}
