import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { Watchers } from '../../support/watchers.js';

export const secret = 'whsec_b3JkZXJmbG93LXRlc3Qtc2VjcmV0LTAwMQ==';

export interface Received {
  id: string;
  /** The time of its arrival, by performance.now(). */
  at: number;
  body: { type: string; timestamp: string; data: Record<string, string> };
}

/** Receives the webhooks of the carrier, and checks each signature. The test decides the answers. */
export class Receiver {
  /** The messages with a valid signature, in the order of arrival, whatever the answer was. */
  readonly received: Received[] = [];
  /** The status of the answer to the nth message (from 0). `cut` closes the connection instead, `hold` keeps it open. */
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

  /** Keeps its port, so that it can start there again. */
  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  /**
   * @returns the first message that matches, also one that has arrived before.
   * @throws {Error} if none arrives in time; the message lists what arrived instead.
   */
  next(is: (message: Received) => boolean, withinMs = 10_000): Promise<Received> {
    return this.watchers.until(() => this.received.find(is), withinMs, is);
  }

  about(shipmentId: string): Received[] {
    return this.received.filter(({ body }) => body.data['shipmentId'] === shipmentId);
  }
}
