import { EventSourceParserStream } from 'eventsource-parser/stream';
import { refusal, request, Refused } from './client.js';

export type StreamState = 'connecting' | 'live' | 'lost' | 'ended';

export interface StreamOptions<Data> {
  /** Called for each event, with the parsed data. */
  onEvent: (data: Data, event: string) => void;
  onState?: (state: StreamState) => void;
  /** The API refuses the stream: the order is not there, or the key may not see it. */
  onRefused?: (error: Error) => void;
}

const firstPauseMs = 500;
const longestPauseMs = 5_000;
/** The API sends a comment every 15 s, so a silent connection is dead. */
const silentMs = 40_000;

/**
 * Follows an event stream of the API until it ends. Reconnects after a lost connection, and resumes after the last event that came.
 * EventSource cannot send a key, so this reads the stream with fetch.
 *
 * @returns a function that closes the stream.
 */
export function openStream<Data>(path: string, options: StreamOptions<Data>): () => void {
  const closing = new AbortController();
  void follow(path, options, closing.signal);
  return () => closing.abort();
}

async function follow<Data>(path: string, options: StreamOptions<Data>, closed: AbortSignal): Promise<void> {
  const { onState = () => undefined, onRefused = () => undefined } = options;
  let lastEventId: string | undefined;
  let pauseMs = firstPauseMs;
  onState('connecting');
  while (!closed.aborted) {
    const silence = new AbortController();
    const giveUp = () => silence.abort();
    let timer = setTimeout(giveUp, silentMs);
    // An open connection notices that the network is gone only when it is silent for long.
    window.addEventListener('offline', giveUp);
    const signal = AbortSignal.any([closed, silence.signal]);
    try {
      const response = await request(path, {
        signal,
        headers: {
          accept: 'text/event-stream',
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
      });
      if (response.status === 204) return onState('ended');
      if (!response.ok || !response.body) throw await refusal(response, true);
      onState('live');
      pauseMs = firstPauseMs;
      const alive = new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          clearTimeout(timer);
          timer = setTimeout(giveUp, silentMs);
          controller.enqueue(chunk);
        },
      });
      const events = response.body
        .pipeThrough(alive)
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
        .pipeThrough(new EventSourceParserStream());
      const reader = events.getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done || closed.aborted) break;
        if (value.id !== undefined) lastEventId = value.id;
        if (value.data) options.onEvent(JSON.parse(value.data) as Data, value.event ?? 'message');
      }
    } catch (error) {
      if (closed.aborted) return;
      if (error instanceof Refused && error.problem.status < 500 && error.problem.status !== 429) {
        onState('lost');
        return onRefused(error);
      }
    } finally {
      clearTimeout(timer);
      window.removeEventListener('offline', giveUp);
    }
    if (closed.aborted) return;
    onState('lost');
    await pause(pauseMs, closed);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** Ends early when the browser is online again. */
function pause(ms: number, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener('online', end);
      closed.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    window.addEventListener('online', end);
    closed.addEventListener('abort', end);
  });
}
