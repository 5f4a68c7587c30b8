import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to some calls of a service on their way. */
export interface Fault {
  /** Calls of this order alone. */
  orderId: string;
  /** Matches `METHOD path key` of the call; the key is `orderId:step:operation`. */
  call: RegExp;
  /** How many calls it meets; without end unless set. */
  times?: number;
  /** Held up for so long, and then passed on, or answered. */
  afterMs?: number;
  /** Answered with this instead of being passed on. */
  answer?: { status: number; body: object; headers?: Record<string, string> };
}

export interface FaultInPlace {
  /** Resolves when it has met a call. */
  met: Promise<void>;
  end: () => void;
}

/** Stands in front of a service, and passes calls on, except for faults. Each fault is one order's, so lives do not disturb each other. */
export class FaultyWay {
  private readonly faults = new Set<{ fault: Fault; met: () => void; left: number }>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async to(target: string): Promise<FaultyWay> {
    const server = createServer((incoming, outgoing) => void way.pass(target, incoming, outgoing));
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const way = new FaultyWay(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return way;
  }

  put(fault: Fault): FaultInPlace {
    let met = (): void => undefined;
    const whenMet = new Promise<void>((resolve) => (met = resolve));
    const placed = { fault, met, left: fault.times ?? Infinity };
    this.faults.add(placed);
    return { met: whenMet, end: () => void this.faults.delete(placed) };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private meets(incoming: IncomingMessage): Fault | undefined {
    const key = String(incoming.headers['idempotency-key'] ?? '');
    const call = `${incoming.method} ${incoming.url} ${key}`;
    for (const placed of this.faults) {
      const { fault } = placed;
      if (placed.left < 1 || !call.includes(fault.orderId) || !fault.call.test(call)) continue;
      placed.left -= 1;
      placed.met();
      return fault;
    }
    return undefined;
  }

  private async pass(target: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const fault = this.meets(incoming);
    if (fault?.afterMs !== undefined) await sleep(fault.afterMs);
    if (fault?.answer) {
      const { status, body, headers } = fault.answer;
      incoming.resume();
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      outgoing.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
      return;
    }
    const { method, url, headers } = incoming;
    const onward = request(target + url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    // The service is stopped, or the caller has given up.
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }
}
