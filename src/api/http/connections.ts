import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** How long the requests in flight have when the API stops; an Update may be waited for 5 s. */
const graceMs = 10_000;
const sweepMs = 50;

/**
 * Lets go of connections when the API stops. By itself the server closes the kept-alive ones once, while streams are still
 * ending, and waits more than a minute for those that were opened and have never asked for anything.
 */
@Injectable()
export class Connections implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly silent = new Set<Socket>();
  private sweeping: NodeJS.Timeout | undefined;
  private ending: NodeJS.Timeout | undefined;

  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    this.server.on('connection', (socket: Socket) => {
      this.silent.add(socket);
      socket.once('close', () => this.silent.delete(socket));
    });
    this.server.on('request', ({ socket }: IncomingMessage) => this.silent.delete(socket));
  }

  beforeApplicationShutdown(): void {
    this.sweeping = setInterval(() => this.sweep(), sweepMs);
    this.ending = setTimeout(() => this.server.closeAllConnections(), graceMs);
  }

  onApplicationShutdown(): void {
    clearInterval(this.sweeping);
    clearTimeout(this.ending);
  }

  private sweep(): void {
    this.server.closeIdleConnections();
    for (const socket of this.silent) socket.destroy();
  }

  private get server(): Server {
    return this.host.httpAdapter.getHttpServer() as Server;
  }
}
