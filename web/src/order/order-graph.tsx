import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { OrderView } from '../../../contracts/order.js';
import { useTextOf, useText, type Say } from '../language/language.js';
import { useFormats } from '../language/format.js';
import { placeGraph, type LayoutOptions } from '../parts/graph-layout.js';
import { Picker } from '../parts/picker.js';
import { graphModel, isInTrouble, parcelNames, statesOf, type Branch, type Cell } from './graph-model.js';
import { kindOfState, StateIcon } from './step-state.js';
import type { ProcessSteps } from './use-process.js';

/** A graph that is too wide gets smaller down to this, and is scrolled from there on. */
const smallest = 0.73;
/** Three parcels side by side fit from this width on. */
const roomForThree = 880;

const options: LayoutOptions = {
  direction: 'down',
  step: { width: 160, height: 58 },
  frame: { gap: 14, padding: 12, top: 34 },
};

export interface OrderGraphProps {
  /** The order as it is, or as it was at an earlier moment. */
  order: OrderView;
  process: ProcessSteps;
  selected: string | undefined;
  onSelect: (stepId: string) => void;
}

/** The order's graph from top to bottom: each step a button that shows what is known of it. */
export function OrderGraph({ order, process, selected, onSelect }: OrderGraphProps) {
  const say = useText();
  const textOf = useTextOf();
  const [chosen, setChosen] = useState('');
  const names = parcelNames(order);
  const [frame, room] = useRoom();
  const model = graphModel(order.steps, room < roomForThree ? 2 : 3, chosen || undefined);
  const nodes = model.cells.map(({ id, dependsOn }) => {
    const branches = model.branches.get(id)?.map((branch) => branch.cells.map((cell) => pick(cell)));
    return { id, dependsOn, ...(branches ? { branches } : {}) };
  });
  // The places change with the steps, not with their states.
  const placed = useMemo(() => placeGraph(nodes, options), [JSON.stringify(nodes)]);
  const scale = room === 0 ? 1 : Math.min(1, Math.max(smallest, (room - 8) / (placed.width + 2)));
  const isWider = room > 0 && (placed.width + 2) * scale > room;
  const cells = new Map(
    [...model.cells, ...[...model.branches.values()].flat().flatMap((branch) => branch.cells)].map((cell) => [
      cell.id,
      cell,
    ]),
  );
  const keys = [...names.keys()];
  const isFolded = [...model.branches.values()].flat().some(({ key }) => key === undefined);
  return (
    <div className="graph">
      {isFolded && (
        <div className="graph-tools">
          <Picker
            label={say('graph.parcel')}
            value={chosen}
            options={[
              { value: '', text: say('graph.parcel.all', { count: keys.length }) },
              ...keys.map((key) => ({ value: key, text: names.get(key)! })),
            ]}
            onChange={setChosen}
          />
        </div>
      )}
      {isWider && <p className="hint">{say('graph.wider')}</p>}
      <div className="graph-scroll" ref={frame} tabIndex={0} role="group" aria-label={say('graph.label')}>
        <div className="graph-canvas" style={{ width: placed.width + 2, height: placed.height + 2, zoom: scale }}>
          {placed.frames.map(({ id, branch, x, y, width, height }) => {
            const own = branch === undefined ? undefined : model.branches.get(id)![branch]!;
            const steps = order.steps.filter((step) => step.id === id);
            return (
              <div
                key={`${id} ${branch}`}
                className={`graph-frame${own ? ' graph-branch' : ''}`}
                style={{ left: x, top: y, width, height }}
              >
                <span className="graph-frame-name">
                  {own ? <bdi>{branchName(own, model.branches.get(id)!.length, names, say)}</bdi> : textOf('step', id)}
                  {!own && steps[0] && (
                    <span className={`status kind-${kindOfState[steps[0].state]}`}>
                      <StateIcon state={steps[0].state} />
                      {say(`stepState.${steps[0].state}`)}
                    </span>
                  )}
                </span>
              </div>
            );
          })}
          <svg className="graph-arrows" width={placed.width + 2} height={placed.height + 2} aria-hidden="true">
            <defs>
              <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
                <path d="M0 0 8 4 0 8z" />
              </marker>
            </defs>
            {placed.arrows.map(({ from, to, d }) => (
              <path
                key={`${from} ${to}`}
                d={d}
                markerEnd="url(#head)"
                className={isPassed(cells.get(from)) ? 'passed' : ''}
              />
            ))}
          </svg>
          {placed.steps.map(({ id, ...box }) => {
            const cell = cells.get(id);
            return (
              cell && (
                <StepButton
                  key={id}
                  cell={cell}
                  box={box}
                  process={process}
                  isSelected={cell.steps.some((step) => step.id === selected)}
                  onSelect={onSelect}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface StepButtonProps {
  cell: Cell;
  box: { x: number; y: number; width: number; height: number };
  process: ProcessSteps;
  isSelected: boolean;
  onSelect: (stepId: string) => void;
}

function StepButton({ cell, box, process, isSelected, onSelect }: StepButtonProps) {
  const say = useText();
  const textOf = useTextOf();
  const { duration, number } = useFormats();
  const states = statesOf(cell.steps);
  const [state] = states[0]!;
  const [step] = cell.steps;
  const { waits, optional } = process.of(cell.name);
  const isMany = cell.steps.length > 1 || cell.id.endsWith('*');
  const time =
    !isMany && step?.startedAt && step.finishedAt
      ? duration(Date.parse(step.finishedAt) - Date.parse(step.startedAt))
      : undefined;
  const facts = isMany
    ? states.map(([each, count]) => `${number(count)} ${say(`stepState.${each}`)}`)
    : [
        say(`stepState.${state}`),
        time,
        step && step.attempts > 1 ? say('graph.attempts', { count: step.attempts }) : undefined,
        step?.overdue ? say('orders.overdue') : undefined,
        step?.failure && state !== 'failed' ? textOf('failure', step.failure.code) : undefined,
      ];
  const classes = ['step', `kind-${kindOfState[state]}`, `step-${state}`];
  if (waits) classes.push('step-waits');
  if (optional) classes.push('step-optional');
  if (cell.steps.some(isInTrouble)) classes.push('step-trouble');
  return (
    <button
      type="button"
      className={classes.join(' ')}
      title={[textOf('step', cell.name), ...facts.filter(Boolean)].join(' · ')}
      aria-pressed={isSelected}
      style={{ left: box.x, top: box.y, width: box.width, minHeight: box.height }}
      onClick={() => onSelect((cell.steps.find(isInTrouble) ?? step!).id)}
      data-step={cell.id}
      data-state={state}
    >
      <StateIcon state={state} />
      <span className="step-text">
        <b>{textOf('step', cell.name)}</b>
        <span>{facts.filter(Boolean).join(' · ')}</span>
      </span>
    </button>
  );
}

const pick = ({ id, dependsOn }: Cell) => ({ id, dependsOn });

function branchName({ key, count }: Branch, branches: number, names: Map<string, string>, say: Say): string {
  if (key === undefined) return say(branches === 1 ? 'graph.all' : 'graph.folded', { count });
  return say('graph.branch', { parcel: names.get(key) ?? key });
}

function isPassed(cell: Cell | undefined): boolean {
  return cell?.steps.every(({ state }) => state === 'done' || state === 'skipped') ?? false;
}

/** The width that there is for the graph, in pixels; 0 before it is known. */
function useRoom() {
  const frame = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current!;
    const observer = new ResizeObserver(() => setRoom(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [frame, room] as const;
}
