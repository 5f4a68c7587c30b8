import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { TokenBucket } from '../../src/api/auth/token-bucket.js';
import type { Limits } from '../../src/api/limits.js';
import { loadConfig } from '../../src/config/index.js';
import { until } from '../support/until.js';
import { Caller, type Answer, type Problem } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { keys, startApi, startSystem, type ApiOnly, type ApiSystem } from './support/system.js';
import { startWorker } from './support/worker.js';

let system: ApiSystem;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.close());

async function withLimits(limits: Partial<Limits>, run: (api: ApiOnly) => Promise<void>): Promise<void> {
  const api = await startApi(system.temporal.address, system.book.url, {}, undefined, {}, limits);
  try {
    await run(api);
  } finally {
    await api.close();
  }
}

type Either = Omit<OrderView, 'status'> & Omit<Problem, 'status'>;
const told = ({ status, body: { code }, headers }: Answer<{ code: string }>) => [
  status,
  code,
  Number(headers.get('retry-after')) > 0,
];
const many = <T>(count: number, make: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));

describe('a key', () => {
  it('sends a burst of five seconds, and then its rate', () => {
    const bucket = new TokenBucket(10, 50, 0);
    const passed = (now: number) => {
      let count = 0;
      while (bucket.take(now) === 0) count += 1;
      return count;
    };
    expect([passed(0), passed(99), passed(100), passed(1_100), passed(60_000)]).toEqual([50, 0, 1, 10, 50]);
    expect(bucket.take(60_050)).toBeCloseTo(50);
    // A clock that goes back gives nothing, and takes nothing.
    expect([passed(1_000), passed(1_100)]).toEqual([0, 1]);
  });

  it('is answered rate_limited above its rate; reads and other keys are not', () =>
    withLimits({ ratePerKey: 1 }, async (api) => {
      const [shop, other] = [new Caller(api.url, keys.shop), new Caller(api.url, keys.otherShop)];
      const order = () => shop.place<Either>({});
      const answers = await many(40, order);
      const limited = answers.filter(({ status }) => status === 429);
      expect(answers.length - limited.length).toBeGreaterThanOrEqual(5);
      expect(limited.length).toBeGreaterThan(0);
      for (const answer of limited) expect(told(answer)).toEqual([429, 'rate_limited', true]);
      expect(answers.filter(({ status }) => status === 422).length).toBe(answers.length - limited.length);
      expect(new Set((await many(40, () => shop.get('/v1/orders'))).map(({ status }) => status))).toEqual(
        new Set([200]),
      );
      expect((await other.place({})).status).toBe(422);
      await until(async () => (await order()).status === 422);
    }));

  it('has the documented rate, or the one that is set', () => {
    expect(loadConfig({})).toMatchObject({ rateLimit: 100, eventStreamsPerKey: 20 });
    expect(loadConfig({ RATE_LIMIT: '7', EVENT_STREAMS_PER_KEY: '1000' })).toMatchObject({
      rateLimit: 7,
      eventStreamsPerKey: 1000,
    });
  });
});

it('above the bound on requests in progress the answer is overloaded at once; probes are answered', () =>
  withLimits({ requestsAtOnce: 1 }, async (api) => {
    const shop = new Caller(api.url, keys.shop);
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    // A request whose body does not come is in progress.
    socket.write(
      `POST /v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${keys.shop}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    );
    const refused = await until(async () => {
      const answer = await shop.get<Problem>('/v1/orders');
      return answer.status === 503 ? answer : undefined;
    });
    expect(told(refused)).toEqual([503, 'overloaded', true]);
    for (const path of ['/health/live', '/metrics']) expect((await fetch(`${api.url}${path}`)).status).toBe(200);
    socket.destroy();
    await until(async () => (await shop.get('/v1/orders')).status === 200);
  }));

it('a shop whose orders wait to be accepted is told at once, and loses none', { timeout: 60_000 }, () =>
  withLimits({ starts: { atOnce: 1, waiting: 2 } }, async (api) => {
    const shop = new Caller(api.url, keys.shop);
    await shop.place(anOrder());
    const answers: Answer<Either>[] = [];
    const place = async (n: number) => {
      const answer = await shop.place<Either>(anOrder(), `waiting-${n}`);
      answers.push(answer);
      return answer;
    };
    process.kill(system.temporal.pid, 'SIGSTOP');
    const placed = many(8, place);
    try {
      const refused = await until(() => {
        const limited = answers.filter(({ status }) => status === 429);
        return limited.length >= 5 ? limited : undefined;
      });
      for (const answer of refused) expect(told(answer)).toEqual([429, 'rate_limited', true]);
    } finally {
      process.kill(system.temporal.pid, 'SIGCONT');
    }
    await placed;
    const ids = new Set<string>();
    for (let n = 0; n < 8; n += 1) {
      const again = await until(async () => {
        const answer = await shop.place<Either>(anOrder(), `waiting-${n}`);
        return answer.status < 300 ? answer : undefined;
      });
      ids.add(again.body.id);
    }
    expect(ids.size).toBe(8);
    for (const { body, status } of answers) if (status < 300) expect(ids).toContain(body.id);
  }),
);

it(
  'while too many orders wait for a worker, a shop with many of them places no more; another shop does',
  { timeout: 120_000 },
  () =>
    withLimits({ waitingOrders: { all: 3, ofAShop: 2 } }, async (api) => {
      const [shop, other] = [new Caller(api.url, keys.shop), new Caller(api.url, keys.otherShop)];
      const placed = new Set<string>();
      const place = async (n: number) => {
        const answer = await shop.place<Either>(anOrder(), `full-${n}`);
        if (answer.status < 300) placed.add(answer.body.id);
        return answer;
      };
      // No worker has been there: everything is accepted.
      await many(8, (n) => until(async () => (await place(n)).status < 300));
      expect(placed.size).toBe(8);
      const worker = await startWorker(system);
      const isThrough = async (id: string) => (await shop.get(`/v1/orders/${id}`)).body.status !== 'placed';
      for (const id of placed) await until(() => isThrough(id));
      // It is busy for a while: it has asked for work just now, and takes none.
      await worker.stop();
      for (let n = 8; n < 16; n += 1) await place(n);
      const refused = await until(async () => {
        const answer = await place(16);
        return answer.status === 503 ? answer : undefined;
      }, 60_000);
      expect(told(refused)).toEqual([503, 'overloaded', true]);
      expect((await other.place(anOrder())).status).toBe(201);
      const back = await startWorker(system);
      try {
        for (const id of placed) await until(() => isThrough(id), 60_000);
        await until(async () => (await place(17)).status === 201, 60_000);
      } finally {
        await back.stop();
      }
    }),
);
