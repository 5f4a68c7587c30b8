import { useReloadOnChange } from '../api/use-reload-on-change.js';
import { useResource } from '../api/use-resource.js';
import { BulkState } from '../bulk/bulk-state.js';
import type { Bulk } from '../bulk/bulk.js';
import { Page } from '../frame/frame.js';
import { Ago, useFormats } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { Anchor } from '../parts/anchor.js';
import { Icon, StatusIcon } from '../parts/icons.js';
import { Failure, Loading, Notice } from '../parts/states.js';
import { routes } from '../routing/routes.js';
import type { Session } from '../session/key.js';
import { Decide } from './decide.js';
import { decisionOf, decisionsFor, type Trouble, type TroubleGroup } from './groups.js';

/** Stuck and overdue orders by cause, the largest group first. An operator decides for a group at once. */
export function TroublePage({ session }: { session: Session }) {
  const say = useText();
  const { data, error, loading, reload } = useResource<Trouble>('/v1/trouble', { everyMs: 30_000 });
  useReloadOnChange(reload);
  const stuck = data?.items.filter(({ kind }) => kind === 'stuck') ?? [];
  const stuckOrders = stuck.reduce((sum, { orders }) => sum + orders, 0);
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
          {mayDecide && stuck.length > 1 && (
            <div className="trouble-all">
              <p>{say('trouble.allStuck', { count: stuckOrders })}</p>
              <Decide
                isPrimary
                about={say('trouble.everyStuck')}
                orders={stuckOrders}
                filter={{ trouble: 'stuck' }}
                options={['retry', 'skip', 'abandon']}
              />
            </div>
          )}
          <ul className="groups">
            {data.items.map((group) => (
              <Group key={group.id} group={group} mayDecide={mayDecide} />
            ))}
          </ul>
        </>
      )}
      {mayDecide && <Recent />}
    </Page>
  );
}

function Group({ group, mayDecide }: { group: TroubleGroup; mayDecide: boolean }) {
  const say = useText();
  const textOf = useTextOf();
  const { money, number } = useFormats();
  const step = textOf('step', group.step);
  const cause = group.failureCode === null ? say('trouble.slow') : textOf('failure', group.failureCode);
  return (
    <li className={`card group group-${group.kind}`}>
      <div className="group-count">
        <b>{number(group.orders)}</b>
        <span className="soft">{say('trouble.orders', { count: group.orders })}</span>
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
        {mayDecide && (
          <Decide
            about={`${cause}, ${step}`}
            orders={group.orders}
            filter={{ group: group.id }}
            options={decisionsFor(group)}
          />
        )}
      </div>
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
                {say('orders.loaded', { count: bulk.orders.selected })} · <bdi>{bulk.by}</bdi> ·{' '}
                <Ago at={bulk.createdAt} />
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
