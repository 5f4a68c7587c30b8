import type { OrderView, ReturnView, StepView } from '../../../contracts/order.js';
import { short } from './describe-command.js';

/** The first field in which two values differ. */
export interface FieldDifference {
  /** For example `lines.0.quantity`; empty for the values themselves. */
  path: string;
  before: string;
  after: string;
}

/** @param isBlind to times, which differ between a run and its replay. */
export function compareValues(
  before: unknown,
  after: unknown,
  isBlind = false,
  path = '',
): FieldDifference | undefined {
  if (Object.is(before, after) || (isBlind && isInstant(before) && isInstant(after))) return undefined;
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) {
    return { path, before: short(before), after: short(after) };
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (isBlind && (key === 'timing' || key === 'at')) continue;
    const found = compareValues(before[key], after[key], isBlind, path === '' ? key : `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isInstant = (value: unknown): boolean => typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*Z$/.test(value);

/** A difference between two views; `isShownOnly` if the steps, the status, the failure and the money are the same. */
export interface ViewDifference extends FieldDifference {
  isShownOnly: boolean;
  step?: string;
}

/**
 * Compares what a run shows. Temporal compares only commands, and steps that swap places in one workflow task can give the same commands. So
 * this compares the steps with their dependencies first.
 */
export function compareViews(before: unknown, after: unknown, isBlind: boolean): ViewDifference | undefined {
  const [old, now] = [coreOf(before), coreOf(after)];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(key) ?? 'not there', now.get(key) ?? 'not there'];
    if (was === is) continue;
    const step = key.startsWith('step ') ? key.slice('step '.length) : undefined;
    return { path: key, before: was, after: is, isShownOnly: false, ...(step !== undefined && { step }) };
  }
  const shown = compareValues(before, after, isBlind);
  return shown && { ...shown, isShownOnly: true };
}

/** The parts of a view, or of a list of returns, that are more than shown. One line each, so that the first difference can be named. */
function coreOf(value: unknown): Map<string, string> {
  if (Array.isArray(value)) {
    const returns = value as ReturnView[];
    return new Map(returns.map(({ id, status, refunded }) => [`return ${id}`, `${status}, refunded ${refunded}`]));
  }
  const view = value as Partial<OrderView> | null | undefined;
  const core = new Map<string, string>();
  if (!Array.isArray(view?.steps)) return core;
  for (const step of view.steps) core.set(`step ${step.id}`, stepLine(step));
  core.set('status', String(view.status));
  core.set('failure', view.failure ? `${view.failure.code} at ${view.failure.step}` : 'none');
  const { authorized, captured, refunded } = view.payment ?? {};
  core.set('payment', `authorized ${authorized}, captured ${captured}, refunded ${refunded}`);
  core.set('total', String(view.total));
  return core;
}

function stepLine({ dependsOn, group, state }: StepView): string {
  const after = dependsOn.length ? `depends on ${[...dependsOn].sort().join(', ')}` : 'depends on nothing';
  return `${after}${group === undefined ? '' : `, group ${group}`}, ${state}`;
}
