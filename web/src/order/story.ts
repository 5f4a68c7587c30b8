import type { Balance } from './ledger.js';

/** An event of `GET /v1/orders/{id}/history`. */
export interface StoryEvent {
  id: number;
  time: string;
  type: string;
  step?: string;
  attempt?: number;
  summary?: string;
  by?: string;
  /** Of a call that moved money: the sums after it. */
  balance?: Balance;
}

/** Events of one call, timer or command, as one line. */
export interface StoryLine {
  /** The first event: the one that Temporal's Web UI is opened at. */
  id: number;
  at: string;
  until: string;
  kind: 'start' | 'end' | 'command' | 'news' | 'call' | 'timer' | 'child' | 'other';
  /** Temporal's name of the last event. */
  type: string;
  step?: string;
  summary?: string;
  by?: string;
  attempts: number;
  isFailed: boolean;
}

const kinds: [RegExp, StoryLine['kind']][] = [
  [/^WorkflowExecutionStarted$/, 'start'],
  [/^WorkflowExecutionUpdate/, 'command'],
  [/^WorkflowExecutionSignaled$/, 'news'],
  [/^WorkflowExecution(Completed|Failed|Canceled|Terminated|TimedOut|ContinuedAsNew)/, 'end'],
  [/^(ActivityTask|LocalActivity)/, 'call'],
  [/^Timer/, 'timer'],
  [/ChildWorkflow|ExternalWorkflow/, 'child'],
];

const kindOf = (type: string): StoryLine['kind'] => kinds.find(([pattern]) => pattern.test(type))?.[1] ?? 'other';

/** The story in few lines: the events of one call, timer or command belong together, also when others came in between. */
export function condense(events: readonly StoryEvent[]): StoryLine[] {
  const lines: StoryLine[] = [];
  const open = new Map<string, StoryLine>();
  for (const { id, time, type, step, summary, by, attempt } of events) {
    const kind = kindOf(type);
    const key = `${kind} ${step ?? ''} ${summary ?? ''}`;
    const isMarker = type === 'LocalActivity';
    const before = isMarker ? undefined : open.get(key);
    const begins = isMarker || /(Scheduled|Started|Accepted|Signaled|Initiated)$/.test(type);
    const isNew = before === undefined || (begins && !/ActivityTaskStarted|ChildWorkflowExecutionStarted/.test(type));
    const line: StoryLine = isNew ? { id, at: time, until: time, kind, type, attempts: 0, isFailed: false } : before;
    if (isNew) lines.push(line);
    Object.assign(line, { until: time, type }, step && { step }, summary && { summary }, by && { by });
    line.attempts = Math.max(line.attempts, attempt ?? 0);
    line.isFailed = /(Failed|TimedOut|Terminated|Rejected)$/.test(type);
    open.set(key, line);
  }
  return lines;
}
