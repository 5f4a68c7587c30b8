import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that tells of every piece that has passed, in whichever direction. */
export class Proxy {
  /** Called right after a piece was passed on. */
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
      // What one side does not get because the other is dead is what this is for.
      from.on('error', () => to.destroy());
    }
  }
}
