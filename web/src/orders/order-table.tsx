import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { Ago, useFormats } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { Anchor } from '../parts/anchor.js';
import { Button } from '../parts/button.js';
import { Status } from '../parts/status.js';
import { useMedia } from '../parts/use-media.js';
import { routes } from '../routing/routes.js';
import type { OrderList } from './order-list.js';
import type { Row } from './rows.js';

const columns = ['status', 'id', 'customer', 'shop', 'total', 'at', 'placed', 'updated'] as const;
/** Rows from the end at which the next page is read. */
const ahead = 40;

interface Props {
  list: OrderList;
  rows: readonly Row[];
  /** So many of the first rows are in trouble. */
  inTrouble: number;
  waiting: number;
  hasMore: boolean;
}

/** Only the rows in sight exist. The arrow keys, Home, End and the page keys go from row to row; Enter opens an order. */
export function OrderTable({ list, rows, inTrouble, waiting, hasMore }: Props) {
  const say = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useMedia('(max-width: 760px)');
  const [active, setActive] = useState(0);
  const height = isNarrow ? 64 : 38;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => virtual.measure(), [height, virtual]);
  useEffect(() => {
    if (hasMore && last >= rows.length - ahead) void list.more();
  }, [hasMore, last, rows.length, list]);

  const onScroll = () => {
    list.isAtTop = (scroller.current?.scrollTop ?? 0) < height / 2;
    if (list.isAtTop) list.showWaiting();
  };
  const goTo = useCallback(
    (index: number) => {
      const next = Math.max(0, Math.min(rows.length - 1, index));
      setActive(next);
      virtual.scrollToIndex(next);
      // The row exists once it is in sight.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"] a`)?.focus()),
      );
    },
    [rows.length, virtual],
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / height) - 2);
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const next = moves[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    goTo(next);
  };

  return (
    <div
      className="orders"
      role="table"
      aria-label={say('orders.title')}
      aria-rowcount={hasMore ? -1 : rows.length + 1}
    >
      {waiting > 0 && (
        <div className="orders-waiting">
          <Button
            kind="primary"
            onPress={() => {
              list.showWaiting();
              scroller.current?.scrollTo({ top: 0 });
            }}
          >
            {say('orders.newAbove', { count: waiting })}
          </Button>
        </div>
      )}
      <div className="orders-head" role="rowgroup">
        <div className="orders-row" role="row" aria-rowindex={1}>
          {columns.map((column) => (
            <span key={column} role="columnheader" className={`cell-${column}`}>
              {say(`orders.column.${column}`)}
            </span>
          ))}
        </div>
      </div>
      <div className="orders-body" ref={scroller} onScroll={onScroll} onKeyDown={onKeyDown} role="rowgroup">
        <div className="orders-all" style={{ height: virtual.getTotalSize() }} role="presentation">
          {items.map(({ index, start, key }) => {
            const row = rows[index];
            return (
              row && (
                <OrderRow
                  key={key}
                  index={index}
                  start={start}
                  row={row}
                  isLastInTrouble={index === inTrouble - 1}
                  revision={row.revision}
                  isActive={index === Math.min(active, rows.length - 1)}
                  onFocus={setActive}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  index: number;
  start: number;
  row: Row;
  isLastInTrouble: boolean;
  /** Rows change in place; this says that one did. */
  revision: number;
  isActive: boolean;
  onFocus: (index: number) => void;
}

const OrderRow = memo(function OrderRow({ index, start, row, isLastInTrouble, isActive, onFocus }: RowProps) {
  const say = useText();
  const textOf = useTextOf();
  const { money } = useFormats();
  return (
    <div
      className={`orders-row${isLastInTrouble ? ' orders-row-last' : ''}`}
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      style={{ transform: `translateY(${start}px)` }}
    >
      <span role="cell" className="cell-status">
        <Status status={row.status} />
      </span>
      <span role="cell" className="cell-id">
        <Anchor
          href={routes.order(row.id)}
          className="order-link"
          tabIndex={isActive ? 0 : -1}
          onFocus={() => onFocus(index)}
        >
          <bdi>{row.reference ?? row.id}</bdi>
        </Anchor>
      </span>
      <span role="cell" className="cell-customer">
        <bdi>{row.customerId}</bdi>
      </span>
      <span role="cell" className="cell-shop">
        <bdi>{row.shopId}</bdi>
      </span>
      <span role="cell" className="cell-total">
        {money(row.total, row.currency)}
      </span>
      <span role="cell" className="cell-at">
        {row.isOverdue && row.status !== 'needs_attention' && (
          <span className="tag tag-overdue">{say('orders.overdue')}</span>
        )}
        <span title={[row.step, row.failureCode].filter(Boolean).join(': ')}>
          {row.failureCode && <span className="failure-code">{textOf('failure', row.failureCode)}</span>}
          {row.step && (row.failureCode ? ` · ${textOf('step', row.step)}` : textOf('step', row.step))}
        </span>
      </span>
      <span role="cell" className="cell-placed">
        <Ago at={row.placedAt} />
      </span>
      <span role="cell" className="cell-updated">
        <Ago at={row.updatedAt} />
      </span>
    </div>
  );
});
