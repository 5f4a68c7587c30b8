import { useMemo } from 'react';
import { useFormats } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { draw } from './layout.js';
import type { Insights, Process } from './process.js';

/** A definition as a graph: what is on the critical path has a thick line, a wait has round ends, a notice a broken line. */
export function ProcessDrawing({ process, insights }: { process: Process; insights: Insights | undefined }) {
  const say = useText();
  const textOf = useTextOf();
  const { duration } = useFormats();
  const drawing = useMemo(() => draw(process.steps), [process]);
  const critical = new Set(process.analysis.criticalPath);
  const measured = new Map(insights?.steps.map((step) => [step.id, step]));
  const steps = new Map(process.steps.map((step) => [step.id, step]));
  return (
    <div className="drawing" tabIndex={0} role="group" aria-label={say('process.graph')}>
      <svg
        width={drawing.width}
        height={drawing.height}
        viewBox={`0 0 ${drawing.width} ${drawing.height}`}
        role="img"
        aria-label={say('process.graphOf', { name: process.name, steps: process.steps.length })}
      >
        {drawing.frames.map(({ id, ...box }) => (
          <g key={id} className="drawing-frame">
            <rect {...box} rx={12} />
            <text x={box.x + 10} y={box.y + 14}>
              {say('process.perParcel', { step: textOf('step', id) })}
            </text>
          </g>
        ))}
        {drawing.arrows.map(({ key, from, to, d }) => (
          <path
            key={key}
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
              <rect x={x} y={y} width={width} height={height} rx={step.waits ? height / 2 : 7} />
              <text x={x + width / 2} y={y + 19} className="drawing-name">
                {textOf('step', id)}
              </text>
              <text x={x + width / 2} y={y + 34} className="drawing-time">
                {times && times.count > 0
                  ? `${duration(times.p50Ms)} · p95 ${duration(times.p95Ms)}`
                  : duration(step.expectedMs)}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
