import { session, signOut } from '../session/key.js';

/** The body of an error answer (RFC 9457). */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  errors?: { path: string; message: string }[];
  orderStatus?: string;
  possible?: string[];
}

/** The API answered with a problem: `problem.detail` says what, in the API's words. */
export class Refused extends Error {
  override name = 'Refused';
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** The API did not answer: no connection, or a proxy without the API behind it. */
export class Unreachable extends Error {
  override name = 'Unreachable';
}

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PATCH';
  body?: unknown;
  /** The same call under the same key takes effect once, so it can be repeated after a lost answer. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** Another key than that of the session. */
  key?: string;
}

/**
 * Calls a route of the API with the key of the session. A key that the API no longer takes ends the session.
 *
 *     const order = await call<OrderView>(`/v1/orders/${encodeURIComponent(id)}`, { signal });
 *
 * @throws {Refused} with the API's problem. @throws {Unreachable} when there is no answer.
 */
export async function call<Answer>(path: string, options: CallOptions = {}): Promise<Answer> {
  const response = await request(path, options);
  if (response.ok) return (await response.json()) as Answer;
  throw await refusal(response, options.key === undefined);
}

export async function request(path: string, options: CallOptions & { headers?: Record<string, string> } = {}) {
  const { method = 'GET', body, idempotencyKey, signal, key = session.get()?.key, headers } = options;
  try {
    return await fetch(path, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
      cache: 'no-store',
      redirect: 'error',
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable('The API does not answer', { cause: error });
  }
}

/** @param endsSession whether 401 signs out */
export async function refusal(response: Response, endsSession: boolean): Promise<Error> {
  if (response.status === 401 && endsSession) signOut('expired');
  try {
    return new Refused((await response.json()) as Problem);
  } catch {
    return new Unreachable(`Status ${response.status} without an explanation`);
  }
}
