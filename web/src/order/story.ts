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

/** An event of a call that undoes a step. */
export const isUndo = ({ summary }: StoryEvent): boolean => summary?.endsWith(': undo') === true;

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
  /** What the summary says besides the step. */
  detail?: string;
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

/** The summary of a call or a timer begins with its step, as in `bookParcel east: undo`. */
const aboutStep = /^\w+(?: [^\s:]+)?(?:: |$)/;

/** A write to the order book: it follows every change, and says nothing of its own. */
const isPublication = ({ type, step, summary }: StoryEvent): boolean =>
  step === undefined && summary === 'publish' && kindOf(type) === 'call';

/** The story in few lines: the events of one call, timer or command belong together, also when others came in between. */
export function condense(events: readonly StoryEvent[]): StoryLine[] {
  const lines: StoryLine[] = [];
  const open = new Map<string, StoryLine>();
  for (const event of events) {
    const { id, time, type, step, summary, by, attempt } = event;
    if (isPublication(event)) continue;
    const kind = kindOf(type);
    const key = `${kind} ${step ?? ''} ${summary ?? ''}`;
    const isMarker = type === 'LocalActivity';
    const before = isMarker ? undefined : open.get(key);
    const begins = isMarker || /(Scheduled|Started|Accepted|Signaled|Initiated)$/.test(type);
    const isNew = before === undefined || (begins && !/ActivityTaskStarted|ChildWorkflowExecutionStarted/.test(type));
    const line: StoryLine = isNew ? { id, at: time, until: time, kind, type, attempts: 0, isFailed: false } : before;
    if (isNew) lines.push(line);
    const detail = step === undefined ? summary : summary?.replace(aboutStep, '');
    Object.assign(line, { until: time, type }, step && { step }, detail && { detail }, by && { by });
    line.attempts = Math.max(line.attempts, attempt ?? 0);
    line.isFailed = /(Failed|TimedOut|Terminated|Rejected)$/.test(type);
    open.set(key, line);
  }
  return lines;
}
