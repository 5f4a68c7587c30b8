import { Fault, UnexpectedRejection } from '../../../services/support/errors.js';

/** What becomes of one request. */
export const fates = [
  'answered',
  'answered late',
  'delivered late',
  'the request is lost',
  'the answer is lost',
  'status 500',
  'status 500 after the effect',
  'status 429',
  'garbage instead of the answer',
  'status 401',
  'no answer at all',
  'no answer, the request arrives later',
  'delivered twice',
] as const;
export type RequestFate = (typeof fates)[number];

/** What the network of a simulated world decides. */
export interface Network {
  fate: (service: string, operation: string) => RequestFate;
  /** How long a request and its answer take, in ms. */
  latencyMs: (service: string, operation: string) => number;
  /** How long something takes that is late. */
  lateMs: (service: string, operation: string) => number;
  wait: (ms: number) => Promise<void>;
  /** A request has taken effect at the service. */
  arrived: (service: string, operation: string, request: Request, answer: unknown) => void;
}

export interface Request {
  params?: Record<string, unknown>;
  body?: unknown;
  key?: string;
}

type Method = (request: Request) => Promise<unknown>;

/** The client of a service in memory, over a network on which everything can go wrong. */
export function overNetwork<Client extends object>(service: string, client: Client, network: Network): Client {
  const methods = Object.entries(client as Record<string, Method>).map(([name, method]) => [
    name,
    (request: Request) => send({ service, name, network }, request, method),
  ]);
  return Object.fromEntries(methods) as Client;
}

interface Route {
  service: string;
  name: string;
  network: Network;
}

async function send(route: Route, request: Request, method: Method): Promise<unknown> {
  const { service, name, network } = route;
  const arrive = async () => {
    const answer = await method(request);
    network.arrived(service, name, request, answer);
    return answer;
  };
  const latencyMs = network.latencyMs(service, name);
  const fate = network.fate(service, name);
  switch (fate) {
    case 'answered':
      return answeredAfter(latencyMs, arrive, network);
    case 'answered late':
      return answeredAfter(network.lateMs(service, name), arrive, network);
    case 'delivered late':
      await network.wait(network.lateMs(service, name));
      return arrive();
    case 'the request is lost':
      await network.wait(latencyMs);
      throw fault(route, 'ECONNREFUSED');
    case 'the answer is lost':
      await settled(arrive());
      await network.wait(latencyMs);
      throw fault(route, 'ECONNRESET');
    case 'status 500':
      await network.wait(latencyMs);
      throw fault(route, 'status 500', 500);
    case 'status 500 after the effect':
      await settled(arrive());
      await network.wait(latencyMs);
      throw fault(route, 'status 500', 500);
    case 'status 429':
      await network.wait(latencyMs);
      throw fault(route, 'status 429', 429, 3000);
    case 'garbage instead of the answer':
      await settled(arrive());
      await network.wait(latencyMs);
      throw fault(route, 'an answer that is not JSON', 200);
    case 'status 401':
      await network.wait(latencyMs);
      throw new UnexpectedRejection(service, name, `${service} ${name}: status 401`, 401);
    case 'no answer at all':
      return new Promise(() => {});
    case 'no answer, the request arrives later':
      await network.wait(network.lateMs(service, name));
      void settled(arrive());
      return new Promise(() => {});
    case 'delivered twice': {
      const first = arrive();
      void settled(network.wait(network.lateMs(service, name)).then(arrive));
      return answeredAfter(latencyMs, () => first, network);
    }
  }
}

/** The effect comes first: what happens until the answer is there finds it. */
async function answeredAfter(ms: number, arrive: () => Promise<unknown>, network: Network): Promise<unknown> {
  const arrived = settled(arrive());
  await network.wait(ms);
  const outcome = await arrived;
  if ('error' in outcome) throw outcome.error;
  return outcome.answer;
}

function settled(call: Promise<unknown>): Promise<{ answer: unknown } | { error: unknown }> {
  return call.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
}

function fault({ service, name }: Route, reason: string, status?: number, retryAfterMs?: number): Fault {
  return new Fault(service, name, `${service} ${name}: ${reason}`, status, retryAfterMs);
}
