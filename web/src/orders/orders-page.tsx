import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { liveState, onOrderChange } from '../api/live.js';
import { Page } from '../frame/frame.js';
import { useText } from '../language/language.js';
import { Button } from '../parts/button.js';
import { Failure, Loading, Notice } from '../parts/states.js';
import { useQuery } from '../routing/location.js';
import type { Session } from '../session/key.js';
import { useCounts } from './counts.js';
import { filterNames, filterOf, isEmpty, type Filter } from './filter.js';
import { Filters } from './filters.js';
import { OrderList } from './order-list.js';
import { OrderTable } from './order-table.js';
import { Welcome } from './welcome.js';

/** The orders that the key may see, live: those in trouble first, then the newest. The filters stand in the address. */
export function OrdersPage({ session }: { session: Session }) {
  const say = useText();
  const [query, changeQuery] = useQuery();
  const filter = filterOf(query);
  const key = JSON.stringify(filter);
  const list = useMemo(() => new OrderList(JSON.parse(key) as Filter), [key]);
  // A list of one kind of order has no other first.
  const trouble = useMemo(() => {
    const wanted = JSON.parse(key) as Filter;
    const isMixed = wanted.status.length === 0 && !wanted.trouble && !wanted.group && !wanted.orderId;
    return isMixed ? new OrderList({ ...wanted, trouble: 'any' }) : undefined;
  }, [key]);
  const state = useList(list);
  const first = useList(trouble);
  const counts = useCounts(filter);

  const rows = useMemo(() => {
    if (first.rows.length === 0) return state.rows;
    const known = new Set(first.rows.map(({ id }) => id));
    return [...first.rows, ...state.rows.filter(({ id }) => !known.has(id))];
  }, [first.rows, state.rows]);

  const { hasMore, isLoading, error } = state;
  const isBlank = rows.length === 0;
  const clear = () => changeQuery(Object.fromEntries(filterNames.map((name) => [name, undefined])));
  const isNew = isBlank && !error && !isLoading && !hasMore && isEmpty(filter);
  return (
    <Page
      title={say('orders.title')}
      aside={
        !isBlank && (
          <span className="count" role="status">
            {say(hasMore ? 'orders.loadedMore' : 'orders.loaded', { count: rows.length })}
          </span>
        )
      }
    >
      {!isNew && <Filters filter={filter} counts={counts} session={session} onChange={changeQuery} />}
      {!isBlank && (
        <OrderTable list={list} rows={rows} inTrouble={first.rows.length} waiting={state.waiting} hasMore={hasMore} />
      )}
      {isBlank && error && <Failure error={error} onRetry={() => void list.more()} />}
      {isBlank && !error && (isLoading || hasMore) && <Loading />}
      {isNew && <Welcome />}
      {isBlank && !error && !isLoading && !hasMore && !isNew && (
        <Notice icon="search" title={say('orders.none.title')} text={say('orders.none.text')}>
          <Button onPress={clear}>{say('orders.none.clear')}</Button>
        </Notice>
      )}
    </Page>
  );
}

const noList = { rows: [], waiting: 0, hasMore: false, isLoading: false, error: undefined };

/** Reads a list and keeps it up to date while the page shows it. */
function useList(list: OrderList | undefined) {
  useEffect(() => {
    if (!list) return;
    void list.more();
    const unsubscribe = onOrderChange(list.take);
    // What happened before the stream was there, or while it was away, is read.
    const stop = liveState.subscribe(() => void (liveState.get() === 'live' && list.catchUp()));
    return () => {
      unsubscribe();
      stop();
      list.close();
    };
  }, [list]);
  return useSyncExternalStore(list?.subscribe ?? nothing, list?.get ?? (() => noList));
}

const nothing = () => () => undefined;
