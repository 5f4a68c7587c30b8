import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const { HistoryEvent } = temporal.api.history.v1;

/**
 * What a closed run has cost Temporal. Counts, so they do not depend on the machine; bytes are those of the events as they are stored, but
 * for the names of processes and machines, which are counted as 8 letters each.
 */
export interface Cost {
  transitions: number;
  events: number;
  /** Of all events but the closing one, which carries the result. */
  bytes: number;
  closingBytes: number;
  /** The events that take the most of them, for a person. */
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

/** By how many bytes the names in an event are longer than 8 letters: `pid@host`, also at the head of the name of a sticky task queue. */
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
