import { useState } from 'react';
import type { OrderView } from '../../../contracts/order.js';
import type { Resource } from '../api/use-resource.js';
import { useFormats } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { Button } from '../parts/button.js';
import { ErrorLine, Loading } from '../parts/states.js';
import { baseOf, parcelNames, parcelOf } from './graph-model.js';
import { condense } from './story.js';
import type { History } from './use-history.js';

/** Lines shown at first; an order of hundreds of parcels has thousands. */
const firstLines = 100;

/** The history of the order's run, opened when somebody asks for it, with links into Temporal's Web UI. */
export function Story({ order, history }: { order: OrderView; history: Resource<History> }) {
  const say = useText();
  const [isOpen, setOpen] = useState(false);
  const { data, error, loading, reload } = history;
  if (!isOpen) return <Button onPress={() => setOpen(true)}>{say('story.show')}</Button>;
  if (loading) return <Loading />;
  return (
    <>
      <p className="sheet-tools">
        <Button onPress={reload}>{say('story.reload')}</Button>
        {data && (
          <a href={data.temporalUi} target="_blank" rel="noreferrer">
            {say('story.webUi')}
          </a>
        )}
      </p>
      {error && <ErrorLine error={error} />}
      {data && <StoryLines order={order} history={data} />}
    </>
  );
}

function StoryLines({ order, history }: { order: OrderView; history: History }) {
  const say = useText();
  const textOf = useTextOf();
  const { time, fullTime, duration } = useFormats();
  const [isLong, setLong] = useState(false);
  const names = parcelNames(order);
  const lines = condense(history.events);
  return (
    <>
      <ol className="story">
        {(isLong ? lines : lines.slice(0, firstLines)).map((line) => {
          const { id, at, until, kind, type, step, detail, by, attempts, isFailed } = line;
          const parcel = step === undefined ? undefined : parcelOf(step);
          const ms = Date.parse(until) - Date.parse(at);
          const more = [
            attempts > 1 ? say('graph.attempts', { count: attempts }) : undefined,
            ms > 0 ? duration(ms) : undefined,
            by === undefined ? undefined : say('story.by', { name: by }),
          ].filter(Boolean);
          return (
            <li key={id} className={isFailed ? 'kind-trouble' : ''}>
              <time dateTime={at} title={fullTime(at)}>
                {time(at)}
              </time>
              <span>
                <b>{kind === 'other' ? type : say(`story.kind.${kind}`)}</b>{' '}
                {isFailed && <span className="tag">{say('stepState.failed')}</span>}{' '}
                {step !== undefined && textOf('step', baseOf(step))}
                {parcel !== undefined && <bdi> {names.get(parcel) ?? parcel}</bdi>}{' '}
                {detail !== undefined && <bdi className="hint">{detail}</bdi>}
                {more.length > 0 && <bdi className="hint"> · {more.join(' · ')}</bdi>}
              </span>
              <a href={`${history.temporalUi}/events/${id}`} target="_blank" rel="noreferrer" title={type}>
                #{id}
              </a>
            </li>
          );
        })}
      </ol>
      {!isLong && lines.length > firstLines && (
        <Button onPress={() => setLong(true)}>{say('story.more', { count: lines.length - firstLines })}</Button>
      )}
    </>
  );
}
