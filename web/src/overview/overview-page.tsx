import type { ReactNode } from 'react';
import { useResource } from '../api/use-resource.js';
import { Page } from '../frame/frame.js';
import { useFormats } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { isEnded, orderStatuses, type OrderStatus } from '../../../contracts/statuses.js';
import { Anchor } from '../parts/anchor.js';
import { Failure, Loading } from '../parts/states.js';
import { Status } from '../parts/status.js';
import type { Counts } from '../orders/counts.js';
import { routes } from '../routing/routes.js';
import type { Session } from '../session/key.js';
import { Bars } from './bars.js';
import { Services } from './services.js';

interface Times {
  count: number;
  p50Ms: number;
  p95Ms: number;
}

/** The answer of GET /v1/overview. */
interface Overview {
  placed: { at: string; orders: number }[];
  inFlight: { step: string; orders: number }[];
  ends: { status: OrderStatus; failureCode: string | null; orders: number }[];
  toConfirmed: Times;
  toDelivered: Times;
  retrying: { step: string; failureCode: string; service: string | null; orders: number }[];
}

const everyMs = 5000;

/** How the whole system does: what comes in, where orders are, how they end, and how the services do. */
export function OverviewPage({ session }: { session: Session }) {
  const say = useText();
  const mayLook = session.role === 'operator' && session.shopId === '*';
  const counts = useResource<Counts>('/v1/orders/counts', { everyMs });
  const overview = useResource<Overview>(mayLook ? '/v1/overview' : undefined, { everyMs });
  const { data } = overview;
  if (counts.error && !counts.data) {
    return (
      <Page title={say('nav.overview')}>
        <Failure error={counts.error} onRetry={counts.reload} />
      </Page>
    );
  }
  return (
    <Page title={say('nav.overview')}>
      {!counts.data && <Loading />}
      {overview.error && !data && counts.data && <Failure error={overview.error} onRetry={overview.reload} />}
      {counts.data && <Tiles counts={counts.data} overview={data} />}
      <div className="panels">
        {data && <Placed placed={data.placed} />}
        {data && <InFlight overview={data} />}
        {data && <Ends ends={data.ends} />}
        {counts.data && <Statuses counts={counts.data} />}
        {session.role === 'operator' && <Services />}
        {data && <Retrying retrying={data.retrying} />}
      </div>
    </Page>
  );
}

function Tiles({ counts, overview }: { counts: Counts; overview: Overview | undefined }) {
  const say = useText();
  const { number, duration } = useFormats();
  const open = orderStatuses.filter((status) => !isEnded(status));
  const inFlight = open.reduce((sum, status) => sum + counts.byStatus[status], 0);
  const more = counts.exact ? '' : '+';
  const times = ({ count, p50Ms, p95Ms }: Times) =>
    count === 0 ? (
      '–'
    ) : (
      <>
        <span>{duration(p50Ms)}</span> <small>p95 {duration(p95Ms)}</small>
      </>
    );
  const lastMinute = overview?.placed.at(-2)?.orders;
  const tiles: [string, ReactNode, string?][] = [
    [say('overview.inFlight'), number(inFlight) + more],
    [say('status.needs_attention'), number(counts.stuck) + more, routes.trouble],
    [say('orders.overdue'), number(counts.overdue) + more, routes.trouble],
    ...(lastMinute === undefined ? [] : [[say('overview.perMinute'), number(lastMinute)] as [string, ReactNode]]),
    ...(overview ? [[say('overview.toConfirmed'), times(overview.toConfirmed)] as [string, ReactNode]] : []),
    ...(overview ? [[say('overview.toDelivered'), times(overview.toDelivered)] as [string, ReactNode]] : []),
  ];
  return (
    <dl className="tiles">
      {tiles.map(([name, value, href]) => (
        <div key={name} className="card tile">
          <dt>{name}</dt>
          <dd>{href ? <Anchor href={href}>{value}</Anchor> : value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Orders placed in each of the last sixty minutes. */
function Placed({ placed }: { placed: Overview['placed'] }) {
  const say = useText();
  const { number, time } = useFormats();
  const most = Math.max(1, ...placed.map(({ orders }) => orders));
  const total = placed.reduce((sum, { orders }) => sum + orders, 0);
  return (
    <section className="card panel">
      <h2>{say('overview.placed')}</h2>
      <svg
        className="spark"
        viewBox={`0 0 ${placed.length * 10} 80`}
        preserveAspectRatio="none"
        role="img"
        aria-label={say('overview.placedSum', { count: total })}
      >
        {placed.map(({ at, orders }, index) => (
          <rect
            key={at}
            x={index * 10 + 1}
            width={8}
            y={80 - Math.max(1, (orders / most) * 76)}
            height={Math.max(1, (orders / most) * 76)}
          >
            <title>{`${time(at)}: ${number(orders)}`}</title>
          </rect>
        ))}
      </svg>
      <p className="soft">{say('overview.placedSum', { count: total })}</p>
    </section>
  );
}

/** Where the open orders are, in the order of the graph: a bar that is longer than those around it is where they gather. */
function InFlight({ overview }: { overview: Overview }) {
  const say = useText();
  const textOf = useTextOf();
  const process = useResource<{ analysis: { order: string[] } }>('/v1/processes/order').data;
  const place = new Map(process?.analysis.order.map((step, index) => [step, index]));
  const rows = [...overview.inFlight].sort((a, b) => (place.get(a.step) ?? 99) - (place.get(b.step) ?? 99));
  return (
    <section className="card panel">
      <h2>{say('overview.byStep')}</h2>
      <Bars
        rows={rows.map(({ step, orders }) => ({
          key: step,
          name: textOf('step', step),
          value: orders,
          href: `${routes.orders}?step=${encodeURIComponent(step)}`,
        }))}
        empty={say('overview.noneOpen')}
      />
    </section>
  );
}

function Ends({ ends }: { ends: Overview['ends'] }) {
  const say = useText();
  const textOf = useTextOf();
  return (
    <section className="card panel">
      <h2>{say('overview.ends')}</h2>
      <Bars
        rows={ends.map(({ status, failureCode, orders }) => ({
          key: `${status} ${failureCode}`,
          name: failureCode === null ? say(`status.${status}`) : textOf('failure', failureCode),
          value: orders,
          href: `${routes.orders}?status=${status}${failureCode === null ? '' : `&failureCode=${encodeURIComponent(failureCode)}`}`,
        }))}
        empty={say('overview.noneEnded')}
      />
    </section>
  );
}

function Statuses({ counts }: { counts: Counts }) {
  const say = useText();
  const rows = (Object.entries(counts.byStatus) as [OrderStatus, number][]).filter(([, value]) => value > 0);
  return (
    <section className="card panel">
      <h2>{say('overview.byStatus')}</h2>
      <Bars
        rows={rows.map(([status, value]) => ({
          key: status,
          name: <Status status={status} />,
          value,
          href: `${routes.orders}?status=${status}`,
        }))}
        empty={say('orders.empty.title')}
      />
    </section>
  );
}

function Retrying({ retrying }: { retrying: Overview['retrying'] }) {
  const say = useText();
  const textOf = useTextOf();
  return (
    <section className="card panel">
      <h2>{say('overview.retrying')}</h2>
      <Bars
        rows={retrying.map(({ step, failureCode, service, orders }) => ({
          key: `${step} ${failureCode} ${service}`,
          name: `${textOf('step', step)} · ${textOf('failure', failureCode)}`,
          value: orders,
        }))}
        empty={say('overview.noneRetried')}
      />
    </section>
  );
}
