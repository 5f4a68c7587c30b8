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

/** The time for requests in flight when the API stops. An Update may take 5 s. */
const graceMs = 10_000;
const sweepMs = 50;

/**
 * Closes connections when the API stops. The server itself closes idle connections only once, while streams are still ending, and waits more
 * than a minute for connections that have sent no request.
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
