import { randomUUID } from 'node:crypto';
import type { OrderView } from '../../../contracts/order.js';
import type { ApiProblemBody } from '../../../src/api/problems/problem.js';

export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

/** Calls the API with one key. */
export class Caller {
  constructor(
    private readonly url: string,
    private readonly key: string | undefined,
  ) {}

  get<Body = OrderView>(path: string, headers: Record<string, string> = {}): Promise<Answer<Body>> {
    return this.request('GET', path, undefined, headers);
  }

  post<Body = OrderView>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer<Body>> {
    return this.request('POST', path, body, headers);
  }

  patch<Body = OrderView>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer<Body>> {
    return this.request('PATCH', path, body, headers);
  }

  place<Body = OrderView>(order: unknown, key: string = randomUUID()): Promise<Answer<Body>> {
    return this.post('/v1/orders', order, { 'idempotency-key': key });
  }

  /** A text or bytes are sent as they are. */
  async request<Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.key === undefined ? {} : { authorization: `Bearer ${this.key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text && JSON.parse(text)) as Body };
  }
}

export type Problem = ApiProblemBody;
