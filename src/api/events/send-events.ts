import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Streams } from './streams.js';

interface SentEvents {
  streams: Streams;
  /** Aborted when the API closes. */
  closed: AbortSignal;
  /** The events as text, until the signal is aborted: the client is gone, or the API closes. */
  events: (signal: AbortSignal) => AsyncIterable<string>;
  /** Called once the stream has ended. */
  leave: () => void;
}

/** Answers with a stream of server-sent events. */
export function sendEvents(reply: FastifyReply, { streams, closed, events, leave }: SentEvents): void {
  const gone = new AbortController();
  const end = () => {
    gone.abort();
    leave();
    closed.removeEventListener('abort', end);
  };
  reply.raw.once('close', end);
  closed.addEventListener('abort', end);
  if (closed.aborted) end();
  const text = streams.watched(events(gone.signal), () => reply.raw.destroy());
  void reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store, no-transform')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(text, { highWaterMark: 1 }));
}

/** The number in Last-Event-ID; undefined for anything that this API has not sent. */
export function eventNumber(lastEventId: string | undefined): number | undefined {
  return lastEventId !== undefined && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : undefined;
}
