import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
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
  /** Held up until the fault is ended: the call itself, or the answer to a call that was passed on. */
  held?: 'call' | 'answer';
  /** The service's own answer arrives as this makes it. */
  changes?: (answer: never) => object;
  /** Answered with this instead of being passed on. */
  answer?: { status: number; body: object; headers?: Record<string, string> };
}

export interface FaultInPlace {
  /** Resolves when it has met a call. */
  met: Promise<void>;
  end: () => void;
}

interface Placed {
  fault: Fault;
  met: () => void;
  left: number;
  ended: Promise<void>;
}

/** Stands in front of a service, and passes calls on, except for faults. Each fault is one order's, so lives do not disturb each other. */
export class FaultyWay {
  private readonly faults = new Set<Placed>();

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
    let [met, ended] = [(): void => undefined, (): void => undefined];
    const whenMet = new Promise<void>((resolve) => (met = resolve));
    const whenEnded = new Promise<void>((resolve) => (ended = resolve));
    const placed = { fault, met, left: fault.times ?? Infinity, ended: whenEnded };
    this.faults.add(placed);
    const end = () => {
      this.faults.delete(placed);
      ended();
    };
    return { met: whenMet, end };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private meets(incoming: IncomingMessage): Placed | undefined {
    const key = String(incoming.headers['idempotency-key'] ?? '');
    const call = `${incoming.method} ${incoming.url} ${key}`;
    for (const placed of this.faults) {
      const { fault } = placed;
      if (placed.left < 1 || !call.includes(fault.orderId) || !fault.call.test(call)) continue;
      placed.left -= 1;
      placed.met();
      return placed;
    }
    return undefined;
  }

  private async pass(target: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const placed = this.meets(incoming);
    const fault = placed?.fault;
    if (fault?.afterMs !== undefined) await sleep(fault.afterMs);
    if (fault?.held === 'call') await placed!.ended;
    if (fault?.answer) {
      const { status, body, headers } = fault.answer;
      incoming.resume();
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      outgoing.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
      return;
    }
    const { method, url, headers } = incoming;
    const onward = request(target + url, { method, headers }, (answer) => {
      const passOn = () => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      };
      if (fault?.changes) void change(answer, fault.changes, outgoing);
      else if (fault?.held === 'answer') void placed!.ended.then(passOn);
      else passOn();
    });
    // The service is stopped, or the caller has given up.
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }
}

async function change(
  answer: IncomingMessage,
  changes: NonNullable<Fault['changes']>,
  outgoing: ServerResponse,
): Promise<void> {
  const { 'content-length': _length, ...headers } = answer.headers;
  outgoing.writeHead(answer.statusCode!, headers).end(JSON.stringify(changes((await json(answer)) as never)));
}
