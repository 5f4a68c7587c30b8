import type { OrderView, StepView } from '../../../contracts/order.js';
import type { StepState } from '../../../contracts/statuses.js';

/** One box of the drawing: a step, or the same step of many parcels folded into one. */
export interface Cell {
  id: string;
  /** The step's name, without its parcel. */
  name: string;
  /** Cells that come before it, in the same drawing. */
  dependsOn: string[];
  steps: StepView[];
}

export interface Branch {
  /** The parcel's id; undefined: many parcels, folded. */
  key: string | undefined;
  count: number;
  cells: Cell[];
}

export interface GraphModel {
  cells: Cell[];
  /** The branches inside of a cell, by the id of the cell. */
  branches: Map<string, Branch[]>;
}

/** States that a person looks for first. */
const urgency: readonly StepState[] = [
  'failed',
  'undoing',
  'running',
  'waiting',
  'pending',
  'done',
  'undone',
  'skipped',
];

export const baseOf = (stepId: string): string => stepId.split(':')[0]!;
export const parcelOf = (stepId: string): string | undefined =>
  stepId.includes(':') ? stepId.slice(stepId.indexOf(':') + 1) : undefined;

/**
 * The boxes and arrows of an order's graph. With many parcels, those in trouble and the chosen one are drawn, and the rest is folded.
 *
 * @param most how many parcels are drawn side by side, at least 2
 * @param chosen the id of a parcel to draw on its own
 */
export function graphModel(steps: readonly StepView[], most: number, chosen?: string): GraphModel {
  const groups = new Set(steps.flatMap(({ group }) => group ?? []));
  const ids = new Set(steps.map(({ id }) => id));
  const cells = steps
    .filter(({ group }) => group === undefined)
    .map((step) => ({
      id: step.id,
      name: step.id,
      dependsOn: step.dependsOn.filter((id) => ids.has(id)),
      steps: [step],
    }));
  const branches = new Map([...groups].map((group) => [group, branchesOf(steps, group, most, chosen)]));
  return { cells, branches };
}

function branchesOf(steps: readonly StepView[], group: string, most: number, chosen: string | undefined): Branch[] {
  const byKey = new Map<string, StepView[]>();
  for (const step of steps) {
    if (step.group !== group) continue;
    const key = parcelOf(step.id) ?? '';
    byKey.set(key, [...(byKey.get(key) ?? []), step]);
  }
  const all = [...byKey];
  if (all.length <= most) return all.map(([key, own]) => drawn(key, own));
  const isOpen = ([key, own]: [string, StepView[]]) => key === chosen || own.some(isInTrouble);
  // A chosen parcel comes before one in trouble; one place is for the rest.
  const open = all
    .filter(isOpen)
    .sort(([a], [b]) => Number(b === chosen) - Number(a === chosen))
    .slice(0, most - 1);
  const rest = all.filter((each) => !open.includes(each));
  return [...open.map(([key, own]) => drawn(key, own)), folded(rest.map(([, own]) => own))];
}

function drawn(key: string, own: StepView[]): Branch {
  const ids = new Set(own.map(({ id }) => id));
  return {
    key,
    count: 1,
    cells: own.map((step) => ({
      id: step.id,
      name: baseOf(step.id),
      dependsOn: step.dependsOn.filter((id) => ids.has(id)),
      steps: [step],
    })),
  };
}

function folded(parcels: StepView[][]): Branch {
  const cells = new Map<string, Cell>();
  for (const own of parcels) {
    const inside = new Set(own.map(({ id }) => id));
    for (const step of own) {
      const name = baseOf(step.id);
      const cell = cells.get(name) ?? { id: `${name}*`, name, dependsOn: [], steps: [] };
      cell.steps.push(step);
      const before = step.dependsOn.filter((id) => inside.has(id)).map((id) => `${baseOf(id)}*`);
      cell.dependsOn = [...new Set([...cell.dependsOn, ...before])];
      cells.set(name, cell);
    }
  }
  return { key: undefined, count: parcels.length, cells: [...cells.values()] };
}

export function isInTrouble({ state, failure, overdue }: StepView): boolean {
  return state === 'failed' || overdue === true || (failure !== undefined && state !== 'done');
}

/** How many of the steps are in each state, the most urgent first. */
export function statesOf(steps: readonly StepView[]): [StepState, number][] {
  const counts = new Map<StepState, number>();
  for (const { state } of steps) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => urgency.indexOf(a) - urgency.indexOf(b));
}

/** The parcels of the order, each under the name of its warehouse. */
export function parcelNames(order: OrderView): Map<string, string> {
  const names = new Map<string, string>();
  for (const { id, warehouse } of order.shipments) {
    const suffix = id.startsWith(`${order.id}-${warehouse}-`) ? ` ${id.slice(`${order.id}-${warehouse}-`.length)}` : '';
    names.set(id, warehouse + suffix);
  }
  return names;
}
