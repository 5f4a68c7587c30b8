import { z } from 'zod';
import type { Operation } from './operation.js';
import { jsonPointer } from '../../src/platform/field-errors.js';
import { quote } from './quote.js';
import { Fault, Rejection, UnexpectedRejection } from './errors.js';

interface RawAnswer {
  service: string;
  name: string;
  operation: Operation;
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

const problem = z.object({ code: z.string(), detail: z.string().optional() });

/**
 * Reads the answer from an HTTP response.
 *
 * @throws {Rejection} @throws {UnexpectedRejection} @throws {Fault} as serviceClient says.
 */
export function readAnswer(raw: RawAnswer): unknown {
  const { operation, status } = raw;
  const body = parseJson(raw.text);
  if (status >= 200 && status < 300) {
    if (body === undefined) throw fault(raw, `an answer that is not JSON: ${quote(raw.text)}`);
    return checked(raw, body);
  }
  const answered = problem.safeParse(body);
  if (answered.success && status >= 400 && status < 500 && operation.rejections?.includes(answered.data.code)) {
    const { code, detail } = answered.data;
    throw new Rejection(code, quote(detail ?? code), raw.service, raw.name);
  }
  const text = answered.success ? `${answered.data.code} ${answered.data.detail ?? ''}` : raw.text;
  const message = `status ${status}: ${quote(text)}`;
  if (status >= 400 && status < 500 && !temporary.has(status)) {
    throw new UnexpectedRejection(raw.service, raw.name, named(raw, message), status);
  }
  throw fault(raw, message);
}

/** Timeout, too early, too many requests: the same call may succeed later. */
const temporary = new Set([408, 425, 429]);

/**
 * Drops fields that a newer service has added. Any other difference from the contract is a fault. So is an answer of unknown fields alone:
 * where the contract needs none, anybody's object would count as done, such as that of a wrong program behind the address.
 */
function checked(raw: RawAnswer, body: unknown): unknown {
  const first = raw.operation.answer.safeParse(body);
  if (first.success) return first.data;
  const { issues } = first.error;
  if (issues.every((issue) => issue.code === 'unrecognized_keys')) {
    for (const issue of issues) for (const key of issue.keys) remove(body, issue.path, key);
    const second = raw.operation.answer.safeParse(body);
    if (second.success && Object.keys(body as object).length > 0) return second.data;
  }
  // Values are left out: they may be personal.
  const what = issues.map((issue) => `${jsonPointer(issue.path) || '/'} ${issue.message}`).join('; ');
  throw fault(raw, `an answer against its contract: ${quote(what)}`);
}

function remove(value: unknown, path: readonly PropertyKey[], key: string): void {
  const owner = path.reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown>)[part], value);
  delete (owner as Record<string, unknown>)[key];
}

function fault(raw: RawAnswer, message: string): Fault {
  return new Fault(raw.service, raw.name, named(raw, message), raw.status, retryAfterMs(raw.headers['retry-after']));
}

function named({ service, name }: RawAnswer, message: string): string {
  return `${service} ${name}: ${message}`;
}

/** Retry-After is a number of seconds or an HTTP date. @returns milliseconds, at most an hour. */
export function retryAfterMs(header: string | string[] | undefined, now = Date.now()): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 3_600_000);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
