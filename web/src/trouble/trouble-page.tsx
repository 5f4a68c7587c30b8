import { useState } from 'react';
import { useReloadOnChange } from '../api/use-reload-on-change.js';
import { useResource } from '../api/use-resource.js';
import { BulkState } from '../bulk/bulk-state.js';
import type { Bulk } from '../bulk/bulk.js';
import { Page } from '../frame/frame.js';
import { Ago, useFormats } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { Anchor } from '../parts/anchor.js';
import { Button } from '../parts/button.js';
import { CheckBox } from '../parts/check-box.js';
import { Icon, StatusIcon } from '../parts/icons.js';
import { KeyName } from '../parts/key-name.js';
import { Failure, Loading, Notice } from '../parts/states.js';
import { routes } from '../routing/routes.js';
import type { Session } from '../session/key.js';
import { Decide } from './decide.js';
import { decisionOf, decisionsFor, decisionsForAll, type Trouble, type TroubleGroup } from './groups.js';

/** Stuck and overdue orders by cause, the largest group first. An operator decides for one group, for several, or for all that is stuck. */
export function TroublePage({ session }: { session: Session }) {
  const say = useText();
  const { data, error, loading, reload } = useResource<Trouble>('/v1/trouble', { everyMs: 30_000 });
  useReloadOnChange(reload);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const choose = (id: string, isChosen: boolean) =>
    setChosen((before) => new Set(isChosen ? [...before, id] : [...before].filter((each) => each !== id)));
  const mayDecide = session.role === 'operator';
  return (
    <Page
      title={say('trouble.title')}
      aside={
        data &&
        data.items.length > 0 && (
          <span className="count" role="status">
            {say('trouble.groups', { count: data.items.length })}
          </span>
        )
      }
    >
      {loading && <Loading />}
      {error && !data && <Failure error={error} onRetry={reload} />}
      {data?.items.length === 0 && (
        <Notice icon="check" title={say('trouble.none.title')} text={say('trouble.none.text')} />
      )}
      {data && data.items.length > 0 && (
        <>
          {mayDecide && data.items.length > 1 && (
            <DecideTogether items={data.items} chosen={chosen} onClear={() => setChosen(new Set())} />
          )}
          <ul className="groups">
            {data.items.map((group) => (
              <Group
                key={group.id}
                group={group}
                mayDecide={mayDecide}
                {...(data.items.length > 1 ? { isChosen: chosen.has(group.id), onChoose: choose } : {})}
              />
            ))}
          </ul>
        </>
      )}
      {mayDecide && <Recent />}
    </Page>
  );
}

interface TogetherProps {
  items: readonly TroubleGroup[];
  chosen: ReadonlySet<string>;
  onClear: () => void;
}

/** One decision for the chosen groups; while none is chosen, for all that is stuck. */
function DecideTogether({ items, chosen, onClear }: TogetherProps) {
  const say = useText();
  const those = items.filter(({ id }) => chosen.has(id));
  const isAll = those.length === 0;
  const stuck = items.filter((group) => group.kind === 'stuck' && decisionsFor(group).length > 0);
  const groups = isAll ? stuck : those;
  const orders = groups.reduce((sum, group) => sum + group.orders, 0);
  const options = decisionsForAll(groups);
  if (groups.length === 0) return null;
  return (
    <div className="trouble-all">
      <p role="status">
        {isAll
          ? say('trouble.allStuck', { count: orders })
          : `${say('trouble.groups', { count: those.length })}, ${say('orders.loaded', { count: orders })}.`}{' '}
        {options.length === 0 && say('trouble.noneFits')}
      </p>
      <div className="group-do">
        {!isAll && (
          <Button kind="quiet" onPress={onClear}>
            {say('trouble.clear')}
          </Button>
        )}
        {options.length > 0 && (
          <Decide
            isPrimary
            label={say(isAll ? 'trouble.decideAll' : 'trouble.decideChosen')}
            about={isAll ? say('trouble.everyStuck') : say('trouble.groups', { count: those.length })}
            orders={orders}
            filter={isAll ? { trouble: 'stuck' } : { group: those.map(({ id }) => id) }}
            options={options}
          />
        )}
      </div>
    </div>
  );
}

interface GroupProps {
  group: TroubleGroup;
  mayDecide: boolean;
  isChosen?: boolean;
  /** Absent where there is nothing else to choose. */
  onChoose?: (id: string, isChosen: boolean) => void;
}

function Group({ group, mayDecide, isChosen = false, onChoose }: GroupProps) {
  const say = useText();
  const textOf = useTextOf();
  const { money, number } = useFormats();
  const step = textOf('step', group.step);
  const cause = group.failureCode === null ? say('trouble.slow') : textOf('failure', group.failureCode);
  const options = decisionsFor(group);
  return (
    <li className={`card group group-${group.kind}`}>
      <div className="group-count">
        {mayDecide && onChoose && options.length > 0 && (
          <CheckBox
            label={say('trouble.choose', { about: `${cause}, ${step}` })}
            isSelected={isChosen}
            onChange={(next) => onChoose(group.id, next)}
          />
        )}
        <div>
          <b>{number(group.orders)}</b>
          <span className="soft">{say('trouble.orders', { count: group.orders })}</span>
        </div>
      </div>
      <div className="group-cause">
        <h2>
          {group.kind === 'stuck' ? <StatusIcon status="needs_attention" /> : <Icon name="clock" />}
          {cause}
        </h2>
        <p>
          <span className={`tag tag-${group.kind}`}>{say(`trouble.kind.${group.kind}`)}</span> {step}
          {group.service !== null && <> · {say('trouble.service', { service: group.service })}</>}
        </p>
      </div>
      <dl className="group-facts">
        <div>
          <dt>{say('trouble.since')}</dt>
          <dd>
            <Ago at={group.since} />
          </dd>
        </div>
        <div>
          <dt>{say('trouble.atStake')}</dt>
          <dd>{group.atStake.map(({ currency, total }) => money(total, currency)).join(' + ')}</dd>
        </div>
      </dl>
      <div className="group-do">
        <Anchor className="button button-quiet" href={`${routes.orders}?group=${encodeURIComponent(group.id)}`}>
          {say('trouble.show')}
        </Anchor>
        {mayDecide && options.length > 0 && (
          <Decide
            label={say('trouble.decide')}
            about={`${cause}, ${step}`}
            orders={group.orders}
            filter={{ group: group.id }}
            options={options}
          />
        )}
      </div>
      {mayDecide && options.length === 0 && <p className="group-note soft">{say('trouble.oneByOne')}</p>}
    </li>
  );
}

/** The last decisions: they go on without this page. */
function Recent() {
  const say = useText();
  const { data } = useResource<{ items: Bulk[] }>('/v1/bulk?limit=5', { everyMs: 5000 });
  if (!data || data.items.length === 0) return null;
  return (
    <section className="recent">
      <h2>{say('bulk.recent')}</h2>
      <ul>
        {data.items.map((bulk) => {
          const name = decisionOf(bulk.command);
          return (
            <li key={bulk.id}>
              <Anchor href={routes.bulk(bulk.id)}>{name ? say(`bulk.action.${name}`) : bulk.command.action}</Anchor>
              <BulkState state={bulk.state} />
              <span className="soft">
                {say('orders.loaded', { count: bulk.orders.selected })} · <KeyName name={bulk.by} /> ·{' '}
                <Ago at={bulk.createdAt} />
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
