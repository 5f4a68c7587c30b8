import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { CannotRun } from './command.js';
import type { HttpPart, FoundSystem } from './find-system.js';

/** An answer of 4xx: the request is understood and will not be done. Nothing that a retry could change. */
export class HttpRejection extends CannotRun {
  constructor(
    readonly status: number,
    /** The problem's code, such as `wrong_status`; empty when the answer is no problem+json. */
    readonly code: string,
    what: string,
    detail: string,
  ) {
    super(`${what}: ${status} ${code}${detail === '' ? '' : ` (${detail})`}`);
  }
}

/** A part did not answer for as long as the caller was ready to wait. */
export class Unreachable extends CannotRun {}

interface Call {
  /** A function is called for each attempt: a signature holds for minutes only. */
  headers?: Record<string, string> | (() => Record<string, string>);
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
}

/** HTTP to the parts of a system. Every call is one that may be repeated. */
export interface Http {
  /** Retries what may pass (no connection, 429, 5xx) until the patience is spent. @throws {HttpRejection | Unreachable} */
  send: <T>(
    part: HttpPart,
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    call?: Call,
  ) => Promise<{ status: number; body: T }>;
  /** As `send`, but tries once. @throws {HttpRejection | Unreachable} */
  once: Http['send'];
}

const longestPauseMs = 5000;

/** @param patienceMs how long one call is retried before it counts as failed. */
export function httpTo(system: FoundSystem, patienceMs: number): Http {
  const once: Http['send'] = async (part, method, path, call = {}) => {
    const answer = await attempt(target(system, part), method, path, call);
    if ('passing' in answer) throw new Unreachable(answer.passing);
    return answer as never;
  };
  const send: Http['send'] = async (part, method, path, call = {}) => {
    const start = Date.now();
    for (let pause = 100; ; pause = Math.min(pause * 2, longestPauseMs)) {
      const answer = await attempt(target(system, part), method, path, call);
      if (!('passing' in answer)) return answer as never;
      const ms = answer.retryAfterMs ?? pause * (0.5 + Math.random());
      if (Date.now() + ms - start > patienceMs) {
        throw new Unreachable(`${answer.passing}; given up after ${Math.round(patienceMs / 1000)} s`);
      }
      await sleep(ms);
    }
  };
  return { send, once };
}

type CallAnswer = { status: number; body: unknown } | { passing: string; retryAfterMs?: number };

interface Target {
  base: string;
  /** What every call there carries. */
  headers: Record<string, string>;
}

/** The services take their token; the API takes keys, which each caller knows. */
function target(system: FoundSystem, part: HttpPart): Target {
  const base = system.url(part);
  return { base, headers: part === 'api' ? {} : { authorization: `Bearer ${system.serviceToken()}` } };
}

async function attempt(
  { base, headers }: Target,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  call: Call,
): Promise<CallAnswer> {
  const what = `${method} ${base}${path}`;
  let status: number;
  let text: string;
  let retryAfter: string | undefined;
  try {
    const answer = await request(base + path, {
      method,
      headers: {
        ...headers,
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(typeof call.headers === 'function' ? call.headers() : call.headers),
      },
      ...(call.body === undefined
        ? {}
        : { body: typeof call.body === 'string' ? call.body : JSON.stringify(call.body) }),
      headersTimeout: 30_000,
      bodyTimeout: 30_000,
    });
    status = answer.statusCode;
    retryAfter = answer.headers['retry-after']?.toString();
    text = await answer.body.text();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { passing: `${what}: ${code ?? message}` };
  }
  if (status >= 500 || status === 429) {
    const seconds = retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
    return {
      passing: `${what}: ${status} ${problemOf(text).code}`,
      ...(seconds === undefined ? {} : { retryAfterMs: Math.min(seconds, 30) * 1000 }),
    };
  }
  if (status >= 400) {
    const { code, detail } = problemOf(text);
    throw new HttpRejection(status, code, what, detail);
  }
  try {
    return { status, body: JSON.parse(text) };
  } catch {
    return { passing: `${what}: ${status} with a body that is not JSON` };
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
