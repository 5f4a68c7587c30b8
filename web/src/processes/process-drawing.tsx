import { useMemo } from 'react';
import { useFormats } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { placeGraph, type GraphNode, type LayoutOptions } from '../parts/graph-layout.js';
import type { Insights, Process, Step } from './process.js';

const options: LayoutOptions = {
  direction: 'right',
  step: { width: 190, height: 44 },
  frame: { gap: 0, padding: 6, top: 12 },
};
const margin = 4;

/** A definition as a graph: what is on the critical path has a thick line, a wait has round ends, a notice a broken line. */
export function ProcessDrawing({ process, insights }: { process: Process; insights: Insights | undefined }) {
  const say = useText();
  const textOf = useTextOf();
  const { duration } = useFormats();
  const drawing = useMemo(() => placeGraph(nodesOf(process.steps), options), [process]);
  const critical = criticalOf(process);
  const measured = new Map(insights?.steps.map((step) => [step.id, step]));
  const steps = new Map(process.steps.map((step) => [step.id, step]));
  const width = drawing.width + 2 * margin;
  const height = drawing.height + 2 * margin;
  return (
    <div className="drawing" tabIndex={0} role="group" aria-label={say('process.graph')}>
      <svg
        width={width}
        height={height}
        viewBox={`${-margin} ${-margin} ${width} ${height}`}
        role="img"
        aria-label={say('process.graphOf', { name: process.name, steps: process.steps.length })}
      >
        {drawing.frames
          .filter(({ branch }) => branch === undefined)
          .map(({ id, x, y, ...size }) => (
            <g key={id} className="drawing-frame">
              <rect x={x} y={y} {...size} rx={12} />
              <text x={x + 10} y={y + 15}>
                {say('process.perParcel', { step: textOf('step', id) })}
              </text>
            </g>
          ))}
        {drawing.arrows.map(({ from, to, d }) => (
          <path
            key={`${from} ${to}`}
            className={`drawing-arrow${critical.has(from) && critical.has(to) ? ' is-critical' : ''}`}
            d={d}
          />
        ))}
        {drawing.steps.map(({ id, x, y, width, height }) => {
          const step = steps.get(id)!;
          const times = measured.get(id);
          const classes = ['drawing-step'];
          if (critical.has(id)) classes.push('is-critical');
          if (step.optional) classes.push('is-optional');
          return (
            <g key={id} className={classes.join(' ')}>
              <title>{textOf('step', id)}</title>
              <rect x={x} y={y} width={width} height={height} rx={step.waits ? height / 2 : 7} />
              {/* Names differ in length from language to language, and so does the width of their letters. */}
              <foreignObject x={x} y={y} width={width} height={height}>
                <div className="drawing-text">
                  <b>{textOf('step', id)}</b>
                  <span>
                    {times && times.count > 0
                      ? `${duration(times.p50Ms)} · p95 ${duration(times.p95Ms)}`
                      : duration(step.expectedMs)}
                  </span>
                </div>
              </foreignObject>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** A step that others have as their group becomes a frame around them. */
function nodesOf(steps: readonly Step[]): GraphNode[] {
  return steps
    .filter(({ group }) => group === undefined)
    .map(({ id, dependsOn }) => {
      const inside = steps.filter(({ group }) => group === id);
      const ids = new Set(inside.map((step) => step.id));
      const branch = inside.map((step) => ({ ...step, dependsOn: step.dependsOn.filter((each) => ids.has(each)) }));
      return { id, dependsOn, ...(inside.length > 0 ? { branches: [branch] } : {}) };
    });
}

/** The steps of the critical path, and the groups that it goes through. */
function criticalOf({ steps, analysis }: Process): ReadonlySet<string> {
  const path = new Set(analysis.criticalPath);
  return new Set([...path, ...steps.flatMap(({ id, group }) => (group !== undefined && path.has(id) ? [group] : []))]);
}
