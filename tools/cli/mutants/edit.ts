/** What becomes of orders under way when an edit of the workflow code is deployed. */
export type Truth =
  /** Some order that can exist breaks: the new code does something else than what its history has. */
  | 'unsafe'
  /** Every order goes on, but something else is sent to a service, or a timer runs for another time. */
  | 'inputs'
  /** Every order goes on, and only what people see of it differs. */
  | 'view only'
  /** Nothing differs. */
  | 'safe';

/** One place of an edit. */
export interface Change {
  /** From the root of the checkout. */
  file: string;
  /** Occurs exactly once in the file. */
  from: string;
  to: string;
}

/** An edit of the workflow code, of a kind that people make. */
export interface Edit {
  /** Begins with the kind: `graph-`, `calls-`, and so on. */
  name: string;
  truth: Truth;
  /** Why the truth is what it is, in one sentence. Written before the gate judged the edit. */
  why: string;
  /** Set where the truth was another one at first: what it was, and what was wrong about it. */
  corrected?: string;
  /** What a report should name: steps, and commands where no step is at fault. Any of them is enough. */
  names: string[];
  changes: [Change, ...Change[]];
}

/** @param file from the root of the checkout. */
export function change(file: string, from: string, to: string): Change {
  return { file, from, to };
}

export function kindOf({ name }: Pick<Edit, 'name'>): string {
  return name.slice(0, name.indexOf('-'));
}
