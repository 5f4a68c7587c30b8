import type { Call } from './call.js';
import type { Mailbox } from './mailbox.js';
import type { Change } from './ports.js';
import type { Waits } from './waits.js';

/** What a step's body works with. Every await inside a body is one of these functions: that is what makes it replayable. */
export interface StepContext<Facts, Results, Item> extends Waits {
  facts: Facts;
  results: Results;
  /** What the fan-out runs over; undefined outside a fan-out. */
  item: Item;
  /** Makes a call, with retries. Throws Rejection when the service rejects it. */
  call: <Answer>(call: Call<Answer>) => Promise<Answer>;
  mailbox: ReadMailbox;
  /** Why the process ended early; known to the steps that run after the end. */
  failure: { code: string; message: string } | undefined;
  /** Inside a fan-out: adds a branch for another item. Does nothing where there is a branch of this id. */
  addBranch: (id: string, item: Item) => void;
  /** Whether the run makes a change of what its steps do (see Ports.makes). */
  makes: (change: Change) => boolean;
  now: () => number;
}

/** The mailbox as steps see it. Only the run itself delivers. */
export type ReadMailbox = Omit<Mailbox, 'put'>;

export type UndoContext<Facts, Item> = Pick<StepContext<Facts, unknown, Item>, 'facts' | 'item' | 'mailbox' | 'now'> & {
  /** Makes a call, and retries it without end. */
  call: <Answer>(call: Call<Answer>) => Promise<Answer>;
  /** The same, but gives the call up and answers undefined once `isOvertaken` is true: a message may make the undo pointless. */
  callUnless: <Answer>(isOvertaken: () => boolean, call: Call<Answer>) => Promise<Answer | undefined>;
  /**
   * Another branch is past its pivot and goes on, so the steps before the fan-out stay done: undo what this branch took from them, too.
   * Where that turns out after the undo, the undo runs again.
   */
  onlyThisBranch: boolean;
};

/** What an operator decides about a step that they no longer wait for. */
export type Decision = 'skip' | 'abandon';

/** The same with a retry: what an operator can decide about a step that is stuck. */
export type Resolution = 'retry' | Decision;
