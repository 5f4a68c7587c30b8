import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '../../src/config/index.js';
import type { Call, CallFault } from './call-faults.js';

export interface ProxyOptions {
  service: ServiceName;
  /** The service's URL now; undefined while it is not known. It changes when the system is started again. */
  target: () => string | undefined;
  /** What happens to a call; undefined: it is passed on. */
  faultOf: (call: Call) => CallFault | undefined;
  /** Waits before a late call or a late answer. Default: so many milliseconds. */
  pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** An answer of a service, read to its end. */
interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/**
 * A real HTTP proxy in front of a service. It passes calls on and answers back, except for faults. A call that the service cannot take is
 * closed, as a network does it.
 */
export class FaultProxy {
  private readonly closing = new AbortController();

  private constructor(
    private readonly server: Server,
    private readonly options: ProxyOptions,
  ) {}

  static async open(options: ProxyOptions): Promise<FaultProxy> {
    const server = createServer((incoming, outgoing) => {
      proxy.meet(incoming, outgoing).catch(() => outgoing.destroy());
    });
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new FaultProxy(server, options);
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async meet(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const key = String(incoming.headers['idempotency-key'] ?? '');
    const { method = 'GET', url: path = '/' } = incoming;
    const fault = this.options.faultOf({ service: this.options.service, method, path, key });
    if (!fault) return this.passOn(incoming, outgoing);
    const body = await buffer(incoming);
    const send = () => this.send(incoming, body);
    switch (fault.kind) {
      case 'lost-request':
        // The caller waits until it gives up.
        return;
      case 'reset':
        outgoing.socket?.resetAndDestroy();
        return;
      case 'error-500':
        return problem(outgoing, 500, { code: 'internal_error' });
      case 'busy-429':
        return problem(outgoing, 429, { code: 'rate_limited' }, { 'retry-after': String(fault.retryAfterS) });
      case 'lost-answer':
        await send();
        outgoing.destroy();
        return;
      case 'slow': {
        const answer = await send();
        await this.pause(fault.afterMs);
        return reply(outgoing, answer);
      }
      case 'twice': {
        const [answer] = await Promise.all([send(), send()]);
        return reply(outgoing, answer);
      }
      case 'late':
        outgoing.destroy();
        await this.pause(fault.afterMs);
        await send();
        return;
      case 'truncated': {
        const { status, headers, body: whole } = await send();
        outgoing.writeHead(status, { ...withoutLength(headers), 'content-length': whole.length + 1 });
        outgoing.write(whole.subarray(0, Math.floor(whole.length / 2)), () => outgoing.destroy());
        return;
      }
      case 'garbage': {
        await send();
        const json = fault.asJson;
        outgoing.writeHead(200, { 'content-type': json ? 'application/json' : 'text/html' });
        outgoing.end(json ? '{"result":["of another service",null]}' : '<html><h1>It works!</h1>');
        return;
      }
    }
  }

  /** Streams both ways: a change feed has no end. */
  private passOn(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const target = this.options.target();
    if (target === undefined) return void outgoing.destroy();
    const { method, url, headers } = incoming;
    const onward = request(target + url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.on('error', () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.on('error', () => onward.destroy());
    incoming.pipe(onward);
  }

  /** Sends the whole call, whether the caller still waits or not. */
  private send(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const target = this.options.target();
      if (target === undefined) return reject(new Error('the service is away'));
      const { 'transfer-encoding': _encoding, ...headers } = incoming.headers;
      const onward = request(
        target + incoming.url,
        {
          method: incoming.method,
          headers: { ...headers, 'content-length': body.length },
          signal: this.closing.signal,
        },
        (answer) => {
          buffer(answer).then(
            (read) => resolve({ status: answer.statusCode!, headers: answer.headers, body: read }),
            reject,
          );
        },
      );
      onward.on('error', reject);
      onward.end(body);
    });
  }

  private async pause(ms: number): Promise<void> {
    const { pause = (howLong: number, signal: AbortSignal) => sleep(howLong, undefined, { signal }) } = this.options;
    await pause(ms, this.closing.signal);
  }
}

function reply(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  outgoing.writeHead(status, { ...withoutLength(headers), 'content-length': body.length }).end(body);
}

function withoutLength({
  'content-length': _length,
  'transfer-encoding': _encoding,
  ...headers
}: IncomingMessage['headers']): IncomingMessage['headers'] {
  return headers;
}

function problem(outgoing: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  outgoing
    .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
    .end(JSON.stringify({ title: 'A fault on the way', status, ...body }));
}
