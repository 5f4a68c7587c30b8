import { serviceNames } from '../../src/config/index.js';
import type { PartName } from '../local/run-file.js';
import { CannotRun } from '../cli/command.js';

/** The parts that are killed and frozen; `supervisor` is what keeps them running. */
export const parts = ['worker', 'api', ...serviceNames, 'postgres', 'temporal'] as const satisfies readonly PartName[];
type Killed = (typeof parts)[number] | 'supervisor';

/** What happens to programs, one act after the other. */
const killKinds = [...parts, 'supervisor'].map((part) => `kill-${part}`) as `kill-${Killed}`[];
const otherActKinds = ['freeze', 'disk-full', 'other-code'] as const;
export const actKinds = [...killKinds, ...otherActKinds] as const;
export type ActKind = (typeof killKinds)[number] | (typeof otherActKinds)[number];

/** What the proxies do to a call on its way to a service. */
export const callKinds = [
  'lost-answer',
  'lost-request',
  'slow',
  'error-500',
  'busy-429',
  'truncated',
  'garbage',
  'reset',
  'twice',
  'late',
] as const;
export type CallKind = (typeof callKinds)[number];

/** What the payment provider and the carrier do to a webhook. */
export const webhookKinds = ['webhook-duplicate', 'webhook-late', 'webhook-reordered', 'webhook-forged'] as const;
export type WebhookKind = (typeof webhookKinds)[number];

export type FaultKind = ActKind | CallKind | WebhookKind;
export const faultKinds: readonly FaultKind[] = [...actKinds, ...callKinds, ...webhookKinds];

const groups: Record<string, readonly FaultKind[]> = { kill: killKinds, call: callKinds, webhook: webhookKinds };

/**
 * Reads `--fault`: kinds and groups, separated by commas.
 *
 * @throws {CannotRun} for a name that is neither.
 */
export function readKinds(list: string | undefined): FaultKind[] {
  if (list === undefined) return [...faultKinds];
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !groups[name] && !(faultKinds as readonly string[]).includes(name));
  if (unknown.length > 0) {
    const allowed = [...Object.keys(groups), ...faultKinds].join(', ');
    throw new CannotRun(`--fault: there is no ${unknown.map((name) => `"${name}"`).join(', ')}; allowed: ${allowed}`);
  }
  const chosen = new Set(names.flatMap((name) => groups[name] ?? [name as FaultKind]));
  return faultKinds.filter((kind) => chosen.has(kind));
}

/** How often each kind fired. A kind that fired too seldom proves nothing. */
export class Fired {
  private readonly counts = new Map<FaultKind, number>();

  constructor(readonly kinds: readonly FaultKind[]) {}

  count(kind: FaultKind): void {
    this.counts.set(kind, this.of(kind) + 1);
  }

  of(kind: FaultKind): number {
    return this.counts.get(kind) ?? 0;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The one of these that fired least; the first of them if several did. */
  leastOf<Kind extends FaultKind>(
    kinds: readonly Kind[],
    alsoLess: (kind: Kind) => number = () => 0,
  ): Kind | undefined {
    return kinds
      .filter((kind) => this.kinds.includes(kind))
      .sort((a, b) => alsoLess(a) - alsoLess(b) || this.of(a) - this.of(b))[0];
  }

  tooSeldom(least: number, among: readonly FaultKind[] = this.kinds): FaultKind[] {
    return this.kinds.filter((kind) => among.includes(kind) && this.of(kind) < least);
  }
}
