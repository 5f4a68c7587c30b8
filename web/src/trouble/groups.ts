/** Orders with the same trouble, as GET /v1/trouble groups them. */
export interface TroubleGroup {
  id: string;
  kind: 'stuck' | 'overdue';
  step: string;
  failureCode: string | null;
  service: string | null;
  orders: number;
  since: string;
  newest: string;
  atStake: { currency: string; total: number }[];
  examples: string[];
}

export interface Trouble {
  at: string;
  items: TroubleGroup[];
}

/** What an operator can decide for many orders at once. The name is the one in the messages: `bulk.action.<name>`. */
export const decisions = {
  retry: { action: 'retry' },
  skip: { action: 'skip' },
  abandon: { action: 'abandon' },
  cancel: { action: 'cancel' },
  approve: { action: 'review', decision: 'approve' },
  reject: { action: 'review', decision: 'reject' },
  acceptPartial: { action: 'decision', decision: 'accept_partial' },
} as const;
export type DecisionName = keyof typeof decisions;
export type BulkCommand = { action: string; decision?: string };

/** The decisions that fit the trouble; the first is the one that harms nothing. None: such orders are settled one by one. */
export function decisionsFor({ kind, step, failureCode }: Cause): readonly DecisionName[] {
  if (failureCode === 'terminated') return [];
  if (failureCode === 'reset_after_undo') return ['abandon'];
  if (kind === 'stuck') return ['retry', 'skip', 'abandon'];
  if (step === 'review') return ['approve', 'reject', 'cancel'];
  if (step === 'resolveShortage') return ['acceptPartial', 'cancel'];
  return ['cancel'];
}

/** The decisions that fit all of these groups. */
export function decisionsForAll(groups: readonly Cause[]): readonly DecisionName[] {
  const names = Object.keys(decisions) as DecisionName[];
  return names.filter((name) => groups.every((group) => decisionsFor(group).includes(name)));
}

type Cause = Pick<TroubleGroup, 'kind' | 'step' | 'failureCode'>;

export function decisionOf(command: BulkCommand): DecisionName | undefined {
  return (Object.keys(decisions) as DecisionName[]).find((name) => {
    const each: BulkCommand = decisions[name];
    return each.action === command.action && each.decision === command.decision;
  });
}
