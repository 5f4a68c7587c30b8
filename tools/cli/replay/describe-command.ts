import type { TraceCommand } from './trace.js';

/** A command in words, for a report: `bookParcel east calls shipping.book`. */
export function describeCommand({ kind, step, type, id, summary, durationMs, input, key }: TraceCommand): string {
  switch (kind) {
    case 'local activity':
      return `${summary ?? step ?? 'the run'} calls ${type}`;
    case 'activity':
      return `${summary ?? step ?? 'the run'} calls ${type}, as the activity ${id}`;
    case 'timer':
      return `a timer${summary === undefined ? '' : ` "${summary}"`} of ${seconds(durationMs)}`;
    case 'cancel':
      return `${key.startsWith('cancel timer') ? 'a timer is' : 'a call is'} cancelled${summary === undefined ? '' : `: ${summary}`}`;
    case 'search attributes':
    case 'memo':
      return `${kind}: ${Object.entries(input as object)
        .map(([name, value]) => `${name} ${short(value, 40)}`)
        .join(', ')}`;
    case 'update accepted':
      return `the Update ${type ?? id} is accepted`;
    case 'update rejected':
      return `the Update ${type ?? id} is refused: ${summary}`;
    case 'update completed':
      return `the Update ${type ?? id} is answered with ${short(input)}`;
    case 'child workflow':
      return `the run ${id} of ${type} is started`;
    case 'signal':
      return `the Signal ${type} is sent to ${id}`;
    case 'patch':
      return `the patch ${type}`;
    case 'completed':
      return 'the run completes';
    case 'failed':
      return `the run fails: ${type}`;
    case 'cancelled':
      return 'the run ends as cancelled';
    case 'continued as new':
      return 'the run continues as new';
    case 'other':
      return `a command: ${type}`;
  }
}

export const seconds = (ms: number | undefined): string => (ms === undefined ? 'unknown length' : `${ms / 1000} s`);

export function short(value: unknown, length = 200): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > length ? `${text.slice(0, length)}...` : text;
}
