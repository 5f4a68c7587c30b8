import { z } from 'zod';
import type { Operation } from './operation.js';
import { jsonPointer } from './problem.js';
import { quote } from './quote.js';
import { ServiceFault, ServiceRefusal, UnexpectedRejection } from './service-errors.js';

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
 * Makes an answer of what came over the wire.
 *
 * @throws {ServiceRefusal} @throws {UnexpectedRejection} @throws {ServiceFault} as serviceClient says.
 */
export function readAnswer(raw: RawAnswer): unknown {
  const { operation, status } = raw;
  const body = parseJson(raw.text);
  if (status >= 200 && status < 300) {
    if (body === undefined) throw fault(raw, `an answer that is not JSON: ${quote(raw.text)}`);
    return checked(raw, body);
  }
  const said = problem.safeParse(body);
  if (said.success && status >= 400 && status < 500 && operation.refusals?.includes(said.data.code)) {
    const { code, detail } = said.data;
    throw new ServiceRefusal(raw.service, raw.name, code, quote(detail ?? code));
  }
  const text = said.success ? `${said.data.code} ${said.data.detail ?? ''}` : raw.text;
  const message = `status ${status}: ${quote(text)}`;
  if (status >= 400 && status < 500 && !passing.has(status)) {
    throw new UnexpectedRejection(raw.service, raw.name, told(raw, message), status);
  }
  throw fault(raw, message);
}

/** Timeout, too early, too many requests: the same call may be taken later. */
const passing = new Set([408, 425, 429]);

/** A field that a newer service has added is dropped; anything else against the contract is a fault. */
function checked(raw: RawAnswer, body: unknown): unknown {
  const first = raw.operation.answer.safeParse(body);
  if (first.success) return first.data;
  const { issues } = first.error;
  if (issues.every((issue) => issue.code === 'unrecognized_keys')) {
    for (const issue of issues) for (const key of issue.keys) remove(body, issue.path, key);
    const second = raw.operation.answer.safeParse(body);
    if (second.success) return second.data;
  }
  // Only where and what: the values may be personal.
  const what = issues.map((issue) => `${jsonPointer(issue.path) || '/'} ${issue.message}`).join('; ');
  throw fault(raw, `an answer against its contract: ${quote(what)}`);
}

function remove(value: unknown, path: readonly PropertyKey[], key: string): void {
  const owner = path.reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown>)[part], value);
  delete (owner as Record<string, unknown>)[key];
}

function fault(raw: RawAnswer, message: string): ServiceFault {
  return new ServiceFault(
    raw.service,
    raw.name,
    told(raw, message),
    raw.status,
    retryAfterMs(raw.headers['retry-after']),
  );
}

function told({ service, name }: RawAnswer, message: string): string {
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
