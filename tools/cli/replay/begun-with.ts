import { valueOf, type Payload, type RecordedHistory } from './history.js';

/** The definition that a run began with. */
export interface BegunWith {
  /** For example `order`. */
  process: string;
  version: number;
}

/** The definition that the run's input names. Undefined for a run without a process, and when the input cannot be read. */
export function begunWith({ events }: Pick<RecordedHistory, 'events'>): BegunWith | undefined {
  const { input } = (events[0]?.workflowExecutionStartedEventAttributes ?? {}) as { input?: { payloads?: Payload[] } };
  const { process } = (valueOf(input?.payloads?.[0]) ?? {}) as { process?: { name?: string; version?: number } };
  if (process?.name === undefined || process.version === undefined) return undefined;
  return { process: process.name, version: process.version };
}
