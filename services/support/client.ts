import { Pool } from 'undici';
import type { z } from 'zod';
import { defined } from '../../contracts/defined.js';
import type { AnswerOf, Contract, Operation } from './operation.js';
import { mostPageBytes } from './pages.js';
import { startDeadline } from './call-deadline.js';
import { quote } from './quote.js';
import { readAnswer } from './read-answer.js';
import { Fault, Rejection, UnexpectedRejection } from './errors.js';

export { Fault, Rejection, UnexpectedRejection };

type InputOf<O, Part extends string> =
  O extends Record<Part, infer S extends z.ZodType> ? { [P in Part]: z.input<S> } : { [P in Part]?: undefined };
type CallInput<O> = InputOf<O, 'params'> &
  InputOf<O, 'body'> &
  (O extends { query: infer S extends z.ZodType } ? { query?: z.input<S> } : { query?: undefined }) &
  (O extends { idempotent: true } ? { key: string; run?: string } : { key?: undefined; run?: undefined }) & {
    /** Ends the call, which throws the signal's reason. */
    signal?: AbortSignal;
    /** For this call, instead of the client's. */
    timeoutMs?: number;
  };

export type ServiceClient<C extends Contract> = {
  [Name in keyof C]: (input: CallInput<C[Name]>) => Promise<AnswerOf<C[Name]>>;
} & { close: () => Promise<void> };

export interface ClientOptions {
  /** Named in errors. */
  service: string;
  baseUrl: string;
  /** Sent as `Authorization: Bearer`. */
  token: string;
  /** For the whole call, in milliseconds; 10 s by default. */
  timeoutMs?: number;
}

/**
 * A typed client of a service: one method per operation, over connections that stay open.
 *
 *     const inventory = serviceClient(inventoryContract, { service: 'inventory', baseUrl, token });
 *     const { parcels } = await inventory.reserve({ body: { orderId, lines, holdMs }, key: `${orderId}:reserveStock:reserve` });
 *
 * @throws {Rejection} from each method, when the answer is a rejection that the contract lists.
 * @throws {UnexpectedRejection} for any other 4xx but 408, 425 and 429: the call or the token is wrong.
 * @throws {Fault} for everything else: no answer, 5xx, 408, 425, 429, an answer that does not fit the contract.
 */
export function serviceClient<C extends Contract>(contract: C, options: ClientOptions): ServiceClient<C> {
  const base = new URL(options.baseUrl);
  const pool = new Pool(base.origin, {
    connections: 64,
    keepAliveTimeout: 30_000,
    connect: { timeout: options.timeoutMs ?? 10_000 },
    // The largest page, and room for the rest of the answer.
    maxResponseSize: mostPageBytes + 1024 * 1024,
  });
  const prefix = base.pathname.replace(/\/$/, '');
  const methods = Object.entries<Operation>(contract).map(([name, operation]) => [
    name,
    (input: LooseInput) => call({ pool, prefix, options, name, operation }, input),
  ]);
  return Object.assign(Object.fromEntries(methods) as object, { close: () => pool.close() }) as ServiceClient<C>;
}

interface Target {
  pool: Pool;
  prefix: string;
  options: ClientOptions;
  name: string;
  operation: Operation;
}

interface LooseInput {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  key?: string;
  run?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
}

async function call(target: Target, input: LooseInput): Promise<unknown> {
  const { pool, options, name, operation } = target;
  const timeoutMs = input.timeoutMs ?? options.timeoutMs ?? 10_000;
  const deadline = startDeadline(timeoutMs, input.signal);
  let status: number | undefined;
  try {
    const response = await pool.request({
      method: operation.method,
      path: pathOf(target, input),
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${options.token}`,
        ...defined({
          'content-type': input.body === undefined ? undefined : 'application/json',
          'idempotency-key': input.key,
          'orderflow-run': input.run,
        }),
      },
      ...defined({ body: input.body === undefined ? undefined : JSON.stringify(input.body) }),
      signal: deadline.signal,
    });
    status = response.statusCode;
    const text = await response.body.text();
    return readAnswer({ service: options.service, name, operation, status, headers: response.headers, text });
  } catch (error) {
    if (error instanceof Rejection || error instanceof UnexpectedRejection || error instanceof Fault) {
      throw error;
    }
    if (input.signal?.aborted) throw input.signal.reason;
    const why = deadline.signal.aborted ? `no answer within ${timeoutMs} ms` : networkReason(error);
    throw new Fault(options.service, name, `${options.service} ${name}: ${why}`, status, undefined, {
      cause: error,
    });
  } finally {
    deadline.clear();
  }
}

function pathOf({ prefix, operation }: Target, input: LooseInput): string {
  const path = operation.path.replace(/:(\w+)/g, (_, part: string) => encodeURIComponent(String(input.params?.[part])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    for (const one of [value].flat() as (string | number | boolean | undefined)[]) {
      if (one !== undefined) query.append(name, String(one));
    }
  }
  return prefix + path + (query.size > 0 ? `?${query.toString()}` : '');
}

function networkReason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return quote([code, message].filter(Boolean).join(' ') || 'the connection failed');
}
