import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { Watchers } from '../../support/watchers.js';

export const secret = 'whsec_b3JkZXJmbG93LXRlc3Qtc2VjcmV0LTAwMQ==';

export interface Received {
  id: string;
  /** When it came, by performance.now(). */
  at: number;
  body: { type: string; timestamp: string; data: Record<string, string> };
}

/** What the carrier's webhooks go to: checks each signature, and answers as it is told. */
export class Receiver {
  /** Those that came with a good signature, in the order they came, whatever they were answered. */
  readonly received: Received[] = [];
  /** The status to answer the nth message with (from 0); `cut` the connection instead, or `hold` it open. */
  answer: (received: Received, n: number) => number | 'cut' | 'hold' = () => 200;
  private readonly watchers = new Watchers(() => this.received);
  private server: Server | undefined;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}/v1/webhooks/carrier`;
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        let body: Received['body'];
        try {
          body = new Webhook(secret).verify(text, request.headers as Record<string, string>) as Received['body'];
        } catch {
          response.writeHead(401).end();
          return;
        }
        const message = { id: String(request.headers['webhook-id']), at: performance.now(), body };
        this.received.push(message);
        const status = this.answer(message, this.received.length - 1);
        if (status === 'cut') request.socket.destroy();
        else if (status !== 'hold') response.writeHead(status).end();
        this.watchers.changed();
      });
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
    return this;
  }

  /** The port stays its own, so that it can start again there. */
  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  /**
   * @returns the first message that is so, also one that came already.
   * @throws {Error} with what came instead when it does not come within the time.
   */
  next(is: (message: Received) => boolean, withinMs = 10_000): Promise<Received> {
    return this.watchers.until(() => this.received.find(is), withinMs, is);
  }

  about(shipmentId: string): Received[] {
    return this.received.filter(({ body }) => body.data['shipmentId'] === shipmentId);
  }
}
