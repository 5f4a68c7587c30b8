import type { WorkflowHandle } from '@temporalio/client';
// The package is CommonJS: Node finds no named exports in it.
import proto from '@temporalio/proto';

const { HistoryEvent } = proto.temporal.api.history.v1;

/**
 * The cost of a closed run for Temporal. The numbers are counts, so they do not depend on the machine. Bytes are those of the stored
 * events, except that each name of an OS process and machine counts as 8 letters.
 */
export interface Cost {
  transitions: number;
  events: number;
  /** The size of all events except the closing one, which carries the result. */
  bytes: number;
  closingBytes: number;
  /** The largest events, as text for a reader. */
  largest: string;
}

export async function costOf(run: WorkflowHandle): Promise<Cost> {
  const [{ raw }, { events = [] }] = await Promise.all([run.describe(), run.fetchHistory()]);
  const sized = (events ?? []).map((event) => ({
    event: `${String(event.eventId)} ${event.attributes?.replace('EventAttributes', '')}`,
    bytes: HistoryEvent.encode(event).finish().length - namesIn(event),
  }));
  const closing = sized.pop();
  return {
    transitions: Number(raw.workflowExecutionInfo?.stateTransitionCount),
    events: sized.length + 1,
    bytes: sized.reduce((sum, { bytes }) => sum + bytes, 0),
    closingBytes: closing?.bytes ?? 0,
    largest: sized
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, 12)
      .map(({ event, bytes }) => `${event}: ${bytes}`)
      .join(', '),
  };
}

/** Counts the bytes above 8 of each `pid@host` name in an event, also of those at the head of a sticky task queue's name. */
function namesIn(event: object): number {
  const attributes = Object.entries(event).find(([key, value]) => key.endsWith('EventAttributes') && value)?.[1] as {
    identity?: string;
    taskQueue?: { name?: string; normalName?: string };
  };
  const sticky = attributes.taskQueue?.normalName
    ? attributes.taskQueue.name?.replace(/-[0-9a-f]{32}$/, '')
    : undefined;
  return [attributes.identity, sticky].reduce((sum, name) => sum + (name ? name.length - 8 : 0), 0);
}
