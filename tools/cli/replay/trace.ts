/** What the code does while it replays a history. All of it can be written as JSON. */
export interface Trace {
  /** In the order in which the code gave them. */
  commands: TraceCommand[];
  /** Each call of the SDK into the code. */
  activations: Activation[];
  /** Why the replay ended early: the SDK's reason, in which the code's own message stands. */
  error?: string;
}

interface Activation {
  /** Length of the history in the activation's workflow task. It tells the tasks of one run apart. */
  task: number;
  /** The numbers of the local activities that are answered, in the order of their answers. */
  answers: number[];
  /** Everything else that it brings, in words. */
  news: string[];
  /** How many commands the code had given before. */
  before: number;
}

type CommandKind =
  | 'local activity'
  | 'activity'
  | 'timer'
  | 'child workflow'
  | 'signal'
  | 'cancel'
  | 'search attributes'
  | 'memo'
  | 'patch'
  | 'update accepted'
  | 'update rejected'
  | 'update completed'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'continued as new'
  | 'other';

/** One thing that the code tells Temporal. In a history it is an event, or, for a local activity, its marker. */
export interface TraceCommand {
  kind: CommandKind;
  /**
   * Distinguishes the commands of one run, and is the same for the same command in the code and in the history: `local activity 3`,
   * `activity bookParcel:ord_1-east:book 2`.
   */
  key: string;
  /** Length of the history in the command's workflow task. */
  task: number;
  /** The step of the process, as its summary names it: `bookParcel east`. Unset for commands of the run itself. */
  step?: string;
  /** The type of an activity or a child, the name of a Signal or a patch, the type of a failure. */
  type?: string;
  /** Of an activity or another workflow, or of the request of an Update. */
  id?: string;
  /** Without the digest. */
  summary?: string;
  /** Of a local activity's input. A history has this and not the input. */
  digest?: string;
  /** What is sent: an input, the answer of an Update, search attributes, the result of the run, the details of its failure. */
  input?: unknown;
  taskQueue?: string;
  durationMs?: number;
  /** May change while runs are open: timeouts, and the policy of retries. */
  settings?: Record<string, number | string>;
}

/** Commands of the run itself whose summaries look like a step's. */
const notSteps = new Set(['publish', 'load', 'settle', 'give', 'hand', 'a', 'the']);

/**
 * The step that a summary names.
 *
 * @example stepIn('pack east: undo') // 'pack east'
 */
export function stepIn(summary: string | undefined): string | undefined {
  const [, name, branch = ''] = /^([a-z]\w*)( [\w-]+)?(?::.*)?$/.exec(summary ?? '') ?? [];
  return name === undefined || notSteps.has(name) ? undefined : name + branch;
}

/** The step that a command is of. The text of a refused Update begins with a code, which is none. */
export function stepOf({ kind, summary }: Pick<TraceCommand, 'kind' | 'summary'>): string | undefined {
  return kind === 'update rejected' ? undefined : stepIn(summary);
}

/** A local activity's summary ends with a digest of its input: `reserveStock ~0k3v9q`. */
export function splitSummary(text: string | undefined): { summary?: string; digest?: string } {
  if (text === undefined) return {};
  const [, summary, digest] = /^(.*) ~([0-9a-z]{6})$/.exec(text) ?? [];
  return summary === undefined ? { summary: text } : { summary, digest: digest! };
}

/** Counts commands that have no number of their own, such as two activities of one id. */
export class Keys {
  readonly #count = new Map<string, number>();

  next(name: string): string {
    const n = (this.#count.get(name) ?? 0) + 1;
    this.#count.set(name, n);
    return n === 1 ? name : `${name} (${n})`;
  }
}

/** The view that the code shows last: of its latest publication, or of its end. */
export function lastView(trace: Trace): unknown {
  const end = endOf(trace);
  if (end) return end.input;
  const published = trace.commands.findLast(({ type }) => type === 'orders.publish')?.input;
  return (published as { view?: unknown } | undefined)?.view;
}

/** The command that ended the run; undefined while it is open. */
function endOf({ commands }: Trace): TraceCommand | undefined {
  const last = commands.at(-1);
  return last && /^(completed|failed|cancelled|continued as new)$/.test(last.kind) ? last : undefined;
}
