import { useState } from 'react';
import type { OrderView } from '../../../contracts/order.js';
import { useFormats } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { Button } from '../parts/button.js';
import { Scroll } from '../parts/scroll.js';
import { baseOf, parcelNames, parcelOf } from './graph-model.js';
import type { Undo } from './life.js';
import { timelineOf } from './timeline.js';
import type { ProcessSteps } from './use-process.js';

/** Steps shown at first; an order of hundreds of parcels has thousands. */
const firstBars = 60;

/** When each step ran, and for how long, in the order in which they began. */
export function Gantt({
  order,
  process,
  waits: isWait,
  undos,
}: {
  order: OrderView;
  process: ProcessSteps;
  waits: (stepId: string) => boolean;
  undos: ReadonlyMap<string, Undo>;
}) {
  const say = useText();
  const textOf = useTextOf();
  const { duration, number } = useFormats();
  const { bars, folds, totalWorkMs, makespanMs, speedUp } = timelineOf(order, {
    expectedMs: (stepId) => process.of(stepId).expectedMs,
    waits: isWait,
    undos,
    now: Date.now(),
  });
  const [isLong, setLong] = useState(false);
  const shown = isLong ? bars : bars.slice(0, firstBars);
  const names = parcelNames(order);
  if (bars.length === 0) return <p className="hint">{say('gantt.empty')}</p>;
  const times = { work: duration(totalWorkMs), makespan: duration(makespanMs) };
  const factor = number(speedUp, { maximumFractionDigits: 1 });
  const hasCritical = bars.some(({ isCritical }) => isCritical);
  return (
    <>
      <p className="gantt-words">
        {say(order.timing ? 'gantt.words' : 'gantt.wordsSoFar', times)}{' '}
        {say(speedUp >= 1.05 ? 'gantt.faster' : 'gantt.notFaster', { factor })}
      </p>
      <p className="gantt-legend hint">
        <span>
          <i className="gantt-bar bar-sample" aria-hidden="true" /> {say('gantt.legend.working')}
        </span>
        <span>
          <i className="bar-sample bar-waits" aria-hidden="true" /> {say('gantt.legend.waiting')}
        </span>
        <span>
          <i className="bar-sample bar-expected" aria-hidden="true" /> {say('gantt.legend.expected')}
        </span>
        {undos.size > 0 && (
          <span>
            <i className="bar-sample bar-undo" aria-hidden="true" /> {say('stepState.undone')}
          </span>
        )}
        {folds.length > 0 && (
          <span>
            <i className="bar-sample bar-fold" aria-hidden="true" /> {say('gantt.legend.folded')}
          </span>
        )}
        {hasCritical && <span>◆ {say('gantt.legend.critical')}</span>}
      </p>
      <Scroll className="gantt-scroll" label={say('gantt.title')}>
        <table className="gantt">
          <thead>
            <tr>
              <th scope="col">{say('orders.column.at')}</th>
              <th scope="col">{say('gantt.time')}</th>
              <th scope="col" className="number">
                {say('gantt.real')}
              </th>
              <th scope="col" className="number">
                {say('gantt.legend.expected')}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ id, left, width, expected, ms, expectedMs, waits, isCritical, isOpen, undo }) => {
              const parcel = parcelOf(id);
              return (
                <tr key={id} className={isCritical ? 'critical' : ''}>
                  <th scope="row">
                    {isCritical && <span aria-hidden="true">◆ </span>}
                    {textOf('step', baseOf(id))}
                    {parcel !== undefined && <bdi className="hint"> {names.get(parcel) ?? parcel}</bdi>}
                    {isCritical && <span className="unseen">{say('gantt.legend.critical')}</span>}
                  </th>
                  <td className="gantt-track">
                    {folds.map((fold) => (
                      <i
                        key={fold.left}
                        className="bar-fold"
                        style={{ left: `${fold.left}%`, width: `${fold.width}%` }}
                        title={duration(fold.ms)}
                      />
                    ))}
                    {expected !== undefined && (
                      <i
                        className={`bar-expected${expected >= 100 ? ' bar-beyond' : ''}`}
                        style={{ left: `${left}%`, width: `${Math.max(0, expected - left)}%` }}
                      />
                    )}
                    <i
                      className={`gantt-bar${waits ? ' bar-waits' : ''}${isOpen ? ' bar-open' : ''}`}
                      style={place(left, width)}
                    />
                    {undo && <i className="gantt-bar bar-undo" style={place(undo.left, undo.width)} />}
                  </td>
                  <td className="number">{duration(ms)}</td>
                  <td className="number">{expectedMs === undefined ? '' : duration(expectedMs)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
      {bars.length > shown.length && (
        <Button onPress={() => setLong(true)}>{say('gantt.more', { count: bars.length - shown.length })}</Button>
      )}
    </>
  );
}

/** A bar of no length at the end of the axis is still inside of it. */
const place = (left: number, width: number) => ({ left: `min(${left}%, 100% - 4px)`, width: `${width}%` });
