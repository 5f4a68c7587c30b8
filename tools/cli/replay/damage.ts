import { eventName, type HistoryEvent, type RecordedHistory } from './history.js';

/** What an event's reference to an earlier event must point to. */
const targets: Record<string, RegExp> = {
  startedEventId: /^(WorkflowTaskStarted|ActivityTaskStarted|TimerStarted|ChildWorkflowExecutionStarted)$/,
  scheduledEventId: /^(WorkflowTaskScheduled|ActivityTaskScheduled|NexusOperationScheduled)$/,
  initiatedEventId: /Initiated$/,
  acceptedEventId: /^WorkflowExecutionUpdateAccepted$/,
  workflowTaskCompletedEventId: /^WorkflowTaskCompleted$/,
};

const readable = new Set(['json/plain', 'binary/null', 'binary/plain', 'json/protobuf', 'binary/protobuf']);

/** Why a history cannot be what Temporal recorded, or cannot be read here; undefined where nothing is wrong with it. */
export function damageIn({ events }: RecordedHistory): string | undefined {
  const names = new Map(events.map((event) => [Number(event.eventId), eventName(event)]));
  for (const event of events) {
    for (const [field, expected] of Object.entries(targets)) {
      const target = Number(attributesOf(event)[field] ?? 0);
      // 0 stands for none.
      if (target === 0) continue;
      const name = names.get(target);
      if (name === undefined || !expected.test(name)) {
        return `event ${event.eventId}, ${eventName(event)}, refers to event ${target}, which is ${name ?? 'not there'}`;
      }
    }
    const encoding = strangeEncoding(event);
    if (encoding !== undefined) return `event ${event.eventId}, ${eventName(event)}, has a payload that is ${encoding}`;
  }
  return undefined;
}

function attributesOf(event: HistoryEvent): Record<string, unknown> {
  const name = Object.keys(event).find((key) => key.endsWith('EventAttributes'));
  return (name ? (event as unknown as Record<string, Record<string, unknown>>)[name] : undefined) ?? {};
}

/** An encoding that is not Temporal's own, such as that of an encrypted payload. */
function strangeEncoding(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { metadata } = value as { metadata?: { encoding?: unknown } };
  if (typeof metadata?.encoding === 'string') {
    const encoding = Buffer.from(metadata.encoding, 'base64').toString();
    return readable.has(encoding) ? undefined : encoding;
  }
  for (const each of Object.values(value)) {
    const found = strangeEncoding(each);
    if (found !== undefined) return found;
  }
  return undefined;
}
