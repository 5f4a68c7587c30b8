import { useEffect, useState } from 'react';
import { call } from '../api/client.js';
import { Ago } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { Anchor } from '../parts/anchor.js';
import { Button } from '../parts/button.js';
import { Failure, Loading } from '../parts/states.js';
import { Status } from '../parts/status.js';
import { routes } from '../routing/routes.js';
import type { BulkOrder, BulkResult } from './bulk.js';

interface Props {
  path: string;
  result: BulkResult;
  /** Results that came while the page was open, the newest first. */
  fresh: readonly BulkOrder[];
  isDraft: boolean;
}

const marks: Record<BulkResult, string> = { pending: '○', done: '✓', refused: '⊘', failed: '✕', excluded: '–' };

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
      setOrders((before) => (after === null ? page.items : [...(before ?? []), ...page.items]));
      setCursor(page.nextCursor);
      setError(undefined);
    } catch (reason) {
      setError(reason as Error);
    }
  };
  useEffect(() => {
    void read(null);
  }, [path, result, isDraft]);

  if (error && !orders) return <Failure error={error} onRetry={() => void read(null)} />;
  if (!orders) return <Loading />;
  // What is settled meanwhile leaves the list of the pending ones, and comes into its own.
  const settled = new Map(fresh.map((each) => [each.orderId, each]));
  const listed = new Set(orders.map(({ orderId }) => orderId));
  const shown = [
    ...[...settled.values()].filter((each) => each.result === result && !listed.has(each.orderId)),
    ...orders.filter(({ orderId }) => (settled.get(orderId)?.result ?? result) === result),
  ];
  return (
    <>
      <div className="table-scroll">
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
      </div>
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
