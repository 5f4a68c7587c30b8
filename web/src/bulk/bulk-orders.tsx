import { useEffect, useState } from 'react';
import { call } from '../api/client.js';
import { Ago } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { Anchor } from '../parts/anchor.js';
import { Button } from '../parts/button.js';
import { Scroll } from '../parts/scroll.js';
import { Failure, Loading } from '../parts/states.js';
import { Status } from '../parts/status.js';
import { routes } from '../routing/routes.js';
import type { BulkOrder, BulkResult } from './bulk.js';

interface Props {
  path: string;
  result: BulkResult;
  /** Results that came while the page was open, by order, the newest last. */
  fresh: ReadonlyMap<string, BulkOrder>;
  isDraft: boolean;
}

const marks: Record<BulkResult, string> = { pending: '○', done: '✓', refused: '⊘', failed: '✕', excluded: '–' };

/** So many of the newest results are shown; the API lists the others. */
const mostFresh = 200;
/** When so few of the loaded orders are left, the next page is read. */
const fewLeft = 20;

/** The orders of a bulk with one result, page by page. */
export function BulkOrders({ path, result, fresh, isDraft }: Props) {
  const say = useText();
  const [orders, setOrders] = useState<readonly BulkOrder[]>();
  const [cursor, setCursor] = useState<string | null>(null);
  const [error, setError] = useState<Error>();

  const read = async (after: string | null) => {
    try {
      const query = new URLSearchParams({ result, limit: '100', ...(after === null ? {} : { cursor: after }) });
      const page = await call<{ items: BulkOrder[]; nextCursor: string | null }>(`${path}/orders?${query}`);
      setOrders((before = []) => {
        if (after === null) return page.items;
        const known = new Set(before.map(({ orderId }) => orderId));
        return [...before, ...page.items.filter(({ orderId }) => !known.has(orderId))];
      });
      setCursor(page.nextCursor);
      setError(undefined);
    } catch (reason) {
      setError(reason as Error);
    }
  };
  useEffect(() => {
    void read(null);
  }, [path, result, isDraft]);

  // An order that is settled meanwhile moves from the pending list to the settled one.
  const left = orders?.filter(({ orderId }) => (fresh.get(orderId)?.result ?? result) === result) ?? [];
  const isShort = left.length < fewLeft;
  useEffect(() => {
    if (isShort && cursor !== null) void read(cursor);
  }, [isShort, cursor]);

  if (error && !orders) return <Failure error={error} onRetry={() => void read(null)} />;
  if (!orders) return <Loading />;
  const listed = new Set(orders.map(({ orderId }) => orderId));
  const came = [...fresh.values()].filter((each) => each.result === result && !listed.has(each.orderId));
  const shown = [...came.slice(-mostFresh).reverse(), ...left];
  return (
    <>
      <Scroll className="table-scroll" label={say('orders.title')}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{say('orders.column.id')}</th>
              <th scope="col">{say('orders.column.at')}</th>
              <th scope="col">{say('bulk.column.status')}</th>
              <th scope="col">{say('bulk.column.result')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((order) => (
              <OrderLine key={order.orderId} order={order} isDraft={isDraft} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {cursor !== null && (
        <div>
          <Button onPress={() => void read(cursor)}>{say('bulk.more')}</Button>
        </div>
      )}
    </>
  );
}

function OrderLine({ order, isDraft }: { order: BulkOrder; isDraft: boolean }) {
  const say = useText();
  const textOf = useTextOf();
  const isSelected = isDraft && order.result === 'pending';
  return (
    <tr>
      <td>
        <Anchor className="mono" href={routes.order(order.orderId)}>
          <bdi>{order.orderId}</bdi>
        </Anchor>
      </td>
      <td>{order.step !== undefined && textOf('step', order.step.split(':')[0]!)}</td>
      <td>{order.status && <Status status={order.status} />}</td>
      <td>
        <span className={`result result-${order.result}`}>
          <span aria-hidden="true">{marks[order.result]}</span>{' '}
          {say(isSelected ? 'bulk.result.selected' : `bulk.result.${order.result}`)}
        </span>
        {order.at !== undefined && (
          <span className="soft">
            {' '}
            <Ago at={order.at} />
          </span>
        )}
        {order.message !== undefined && <div className="soft">{order.message}</div>}
      </td>
    </tr>
  );
}
