import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { CannotRun } from './command.js';
import type { HttpPart, FoundSystem } from './find-system.js';

/** A 4xx answer: the request was rejected, and a retry would not change that. */
export class HttpRejection extends CannotRun {
  constructor(
    readonly status: number,
    /** The problem's code, such as `wrong_status`; empty when the answer is not problem+json. */
    readonly code: string,
    what: string,
    detail: string,
  ) {
    super(`${what}: ${status} ${code}${detail === '' ? '' : ` (${detail})`}`);
  }
}

/** A part of the system did not answer in time. */
export class Unreachable extends CannotRun {}

interface Call {
  /** A function is called for each attempt, because a signature is valid only for minutes. */
  headers?: Record<string, string> | (() => Record<string, string>);
  /** Sent as JSON. A string is sent unchanged. */
  body?: unknown;
}

/** HTTP calls to the parts of a system. Every call is safe to repeat. */
export interface Http {
  /** Retries temporary failures (no connection, 429, 5xx) until `patienceMs` is over. @throws {HttpRejection | Unreachable} */
  send: <T>(
    part: HttpPart,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    path: string,
    call?: Call,
  ) => Promise<{ status: number; body: T }>;
  /** As `send`, but tries once. @throws {HttpRejection | Unreachable} */
  once: Http['send'];
}

/** One attempt of a call, and what came of it. Without a status there was no answer. */
export interface Exchange {
  part: HttpPart;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: unknown;
  /** Milliseconds since the epoch. */
  askedAt: number;
  answeredAt: number;
  status?: number;
  text?: string;
}

const longestPauseMs = 5000;
/** The API asks for a minute at most. */
const longestRetryAfterS = 60;

interface HttpOptions {
  /** Called after each attempt. */
  heard?: (exchange: Exchange) => void;
  /** Ends every call, which then throws its reason. */
  signal?: AbortSignal;
}

/** @param patienceMs how long one call is retried before it fails. */
export function httpTo(system: FoundSystem, patienceMs: number, options: HttpOptions = {}): Http {
  const attempt = async (part: HttpPart, method: Method, path: string, call: Call) => {
    options.signal?.throwIfAborted();
    const answer = await attemptOf(system, part, method, path, call, options);
    options.signal?.throwIfAborted();
    return answer;
  };
  const once: Http['send'] = async (part, method, path, call = {}) => {
    const answer = await attempt(part, method, path, call);
    if ('temporary' in answer) throw new Unreachable(answer.temporary);
    return answer as never;
  };
  const send: Http['send'] = async (part, method, path, call = {}) => {
    const start = Date.now();
    for (let pause = 100; ; pause = Math.min(pause * 2, longestPauseMs)) {
      const answer = await attempt(part, method, path, call);
      if (!('temporary' in answer)) return answer as never;
      const ms = answer.retryAfterMs ?? pause * (0.5 + Math.random());
      if (Date.now() + ms - start > patienceMs) {
        throw new Unreachable(`${answer.temporary}; given up after ${Math.round(patienceMs / 1000)} s`);
      }
      await sleep(ms, undefined, options);
    }
  };
  return { send, once };
}

type CallAnswer = { status: number; body: unknown } | { temporary: string; retryAfterMs?: number };

interface Target {
  base: string;
  /** Sent with every call. */
  headers: Record<string, string>;
}

/** The services accept one token. The API accepts keys, which the callers send themselves. */
function target(system: FoundSystem, part: HttpPart): Target {
  const base = system.url(part);
  return { base, headers: part === 'api' ? {} : { authorization: `Bearer ${system.serviceToken()}` } };
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH';

async function attemptOf(
  system: FoundSystem,
  part: HttpPart,
  method: Method,
  path: string,
  call: Call,
  { heard, signal }: HttpOptions,
): Promise<CallAnswer> {
  const { base, headers } = target(system, part);
  const sent = {
    ...headers,
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(typeof call.headers === 'function' ? call.headers() : call.headers),
  };
  const what = `${method} ${base}${path}`;
  const exchange = { part, method, path, headers: sent, body: call.body, askedAt: Date.now() };
  let status: number;
  let text: string;
  let retryAfter: string | undefined;
  try {
    const answer = await request(base + path, {
      method,
      headers: sent,
      ...(call.body === undefined
        ? {}
        : { body: typeof call.body === 'string' ? call.body : JSON.stringify(call.body) }),
      ...(signal && { signal }),
      headersTimeout: 30_000,
      bodyTimeout: 30_000,
    });
    status = answer.statusCode;
    retryAfter = answer.headers['retry-after']?.toString();
    text = await answer.body.text();
  } catch (error) {
    heard?.({ ...exchange, answeredAt: Date.now() });
    const { code, message } = error as NodeJS.ErrnoException;
    return { temporary: `${what}: ${code ?? message}` };
  }
  heard?.({ ...exchange, answeredAt: Date.now(), status, text });
  if (status >= 500 || status === 429) {
    const seconds = retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
    return {
      temporary: `${what}: ${status} ${problemOf(text).code}`,
      ...(seconds === undefined ? {} : { retryAfterMs: Math.min(seconds, longestRetryAfterS) * 1000 }),
    };
  }
  if (status >= 400) {
    const { code, detail } = problemOf(text);
    throw new HttpRejection(status, code, what, detail);
  }
  try {
    return { status, body: JSON.parse(text) };
  } catch {
    return { temporary: `${what}: ${status} with a body that is not JSON` };
  }
}

function problemOf(text: string): { code: string; detail: string } {
  try {
    const {
      code = '',
      detail = '',
      errors = [],
    } = JSON.parse(text) as {
      code?: string;
      detail?: string;
      errors?: { path: string; message: string }[];
    };
    return {
      code,
      detail: [detail, ...errors.map(({ path, message }) => `${path} ${message}`)].filter(Boolean).join('; '),
    };
  } catch {
    return { code: '', detail: text.slice(0, 200) };
  }
}
