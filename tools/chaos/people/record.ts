import type { OrderView } from '../../../contracts/order.js';
import type { Exchange } from '../../cli/http.js';
import { operatorKey } from '../system.js';
import type { Answer } from '../../check/observation.js';

/**
 * Keeps what people asked and what they were answered, also what was not answered. A read that says the same as the read before it is left
 * out.
 */
export class Recorder {
  readonly answers: Answer[] = [];
  private readonly lastRead = new Map<string, string>();
  lastAskedAt = 0;

  heard(exchange: Exchange): void {
    const { part, askedAt, answeredAt, status, text } = exchange;
    if (part !== 'api') return;
    const about = aboutOf(exchange);
    if (about.kind === 'read' && status === undefined) return;
    if (about.kind === 'read' && this.lastRead.get(about.orderId!) === text) return;
    if (about.kind === 'read') this.lastRead.set(about.orderId!, text!);
    else this.lastAskedAt = Math.max(this.lastAskedAt, answeredAt);
    const body = text === undefined ? undefined : parsed(text);
    const orderId = about.orderId ?? (body as Partial<OrderView> | undefined)?.id;
    this.answers.push({
      askedAt,
      ...about,
      ...(orderId === undefined ? {} : { orderId }),
      ...(status === undefined ? {} : { answeredAt, status, body: about.kind === 'list' ? itemsOf(body) : slim(body) }),
    });
  }
}

const commands: Record<string, string> = { returns: 'return' };

function aboutOf({ method, path, headers, body }: Exchange): Pick<Answer, 'kind'> & Partial<Answer> {
  const [, , of, id, name, , more] = path.split('?')[0]!.split('/');
  const by = headers.authorization === `Bearer ${operatorKey}` ? ('operator' as const) : ('shop' as const);
  if (of === 'webhooks') {
    const { type, data } = (typeof body === 'string' ? JSON.parse(body) : body) as {
      type: string;
      data: { orderId: string };
    };
    const sender = id === 'payment' ? ('provider' as const) : ('carrier' as const);
    return { kind: 'webhook', name: type, by: sender, orderId: data.orderId, key: headers['webhook-id']!, sent: data };
  }
  if (method === 'GET') return id === undefined ? { kind: 'list', by } : { kind: 'read', by, orderId: id };
  const key = headers['idempotency-key'];
  const sent = { ...(key === undefined ? {} : { key }), sent: body };
  if (id === undefined) return { kind: 'place', by, ...sent };
  const command = name === undefined ? 'amend' : more === 'review' ? 'reviewReturn' : (commands[name] ?? name);
  return { kind: 'command', by, orderId: id, name: command, ...sent };
}

function itemsOf(body: unknown): unknown {
  const { items } = (body ?? {}) as { items?: unknown[] };
  return items?.map(slim);
}

/** Without what nobody verifies: thousands of views are in memory. */
function slim(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const {
    shippingAddress: _address,
    links: _links,
    metadata: _metadata,
    timing: _timing,
    ...rest
  } = body as Record<string, unknown>;
  return rest;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
