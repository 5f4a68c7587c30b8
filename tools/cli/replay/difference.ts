/** What a difference is about. It decides what to do about it. */
export type DifferenceKind =
  /** Other steps, another order of them, other waits, deadlines, commands or states. */
  | 'graph'
  /** The same call is sent something else, or elsewhere. */
  | 'inputs'
  /** What the run itself does beside its steps: publications, answers of Updates, patches. */
  | 'engine'
  | 'throws'
  /** The run asks for a version or a workflow type that the code does not have. */
  | 'version'
  /** The history is damaged, or cannot be read. It says nothing about the code. */
  | 'file'
  /** Timeouts and retries. Harmless. */
  | 'settings'
  /** What a reader of the order sees, and nothing else. Harmless. */
  | 'view only';

/** The first place where the code does something other than what was recorded. */
export interface Difference {
  kind: DifferenceKind;
  /** The step of the process that it is about, where there is one. */
  step?: string;
  /** The event that the code does not make, or at which it broke. */
  eventId?: number;
  /** What was recorded, or what the other code did. */
  recorded: string;
  /** What the code does now. */
  now: string;
  advice: string;
}

/** A running order is not harmed. */
export const isHarmless = ({ kind }: Pick<Difference, 'kind'>): boolean => kind === 'settings' || kind === 'view only';

/** What to do about a difference. */
export function adviceFor({ kind, now }: Pick<Difference, 'kind' | 'now'>): string {
  // No version helps here: the run itself has the handlers of commands, not its definition.
  return /No registered handler for update/.test(now) ? keepCommand : adviceOn[kind];
}

const keepCommand =
  'Keep the command and its handler as long as Temporal keeps runs that were sent one. To take no new ones, refuse them.';
const keepVersion = 'Keep the old version, unchanged, for the runs that began with it.';

export const adviceOn: Record<DifferenceKind, string> = {
  graph: `A changed graph needs a new definition version. ${keepVersion}`,
  inputs:
    'What a step sends to a service has changed. Give the step a new definition version, or put the change behind patched().',
  engine:
    'Put a change of the engine behind patched(). When no run from before it is open, use deprecatePatch(), and then remove it.',
  throws: 'Code that replays this history must not throw where it did not throw before.',
  version: 'Keep every version and every workflow type exported as long as Temporal keeps runs of it.',
  file: 'The history is damaged or cannot be read. Fetch it again; it says nothing about the code.',
  settings: 'Timeouts and retries may change. Calls that are under way keep the old ones.',
  'view only': 'Readers see the change when an order publishes next. It harms no running order.',
};
