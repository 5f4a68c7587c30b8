import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { orderStatuses, type OrderStatus } from '../../../contracts/statuses.js';
import { onOrderChange } from '../api/live.js';
import { Page } from '../frame/frame.js';
import { useText } from '../language/language.js';
import { Button } from '../parts/button.js';
import { Picker } from '../parts/picker.js';
import { Failure, Loading, Notice } from '../parts/states.js';
import { useQuery } from '../routing/location.js';
import { filterOf, isEmpty } from './filter.js';
import { OrderList } from './order-list.js';
import { OrderTable } from './order-table.js';

/** The orders that the key may see, newest first, live. The filters stand in the address. */
export function OrdersPage() {
  const say = useText();
  const [query, changeQuery] = useQuery();
  const filter = filterOf(query);
  const key = JSON.stringify(filter);
  const list = useMemo(() => new OrderList(JSON.parse(key) as typeof filter), [key]);
  const { rows, waiting, hasMore, isLoading, error } = useSyncExternalStore(list.subscribe, list.get);

  useEffect(() => {
    void list.more();
    const unsubscribe = onOrderChange(list.take);
    return () => {
      unsubscribe();
      list.close();
    };
  }, [list]);

  const isFirst = rows.length === 0;
  return (
    <Page
      title={say('orders.title')}
      aside={
        !isFirst && (
          <span className="count" role="status">
            {say(hasMore ? 'orders.loadedMore' : 'orders.loaded', { count: rows.length })}
          </span>
        )
      }
    >
      <div className="filters">
        <Picker<OrderStatus | 'all'>
          label={say('orders.filter.status')}
          isLabelHidden
          value={filter.status[0] ?? 'all'}
          options={[
            { value: 'all', text: say('orders.filter.all') },
            ...orderStatuses.map((value) => ({ value, text: say(`status.${value}`) })),
          ]}
          onChange={(status) => changeQuery({ status: status === 'all' ? undefined : status })}
        />
      </div>
      {!isFirst && <OrderTable list={list} rows={rows} waiting={waiting} hasMore={hasMore} />}
      {isFirst && error && <Failure error={error} onRetry={() => void list.more()} />}
      {isFirst && !error && isLoading && <Loading />}
      {isFirst &&
        !error &&
        !isLoading &&
        !hasMore &&
        (isEmpty(filter) ? (
          <Notice icon="orders" title={say('orders.empty.title')} text={say('orders.empty.text')} />
        ) : (
          <Notice icon="search" title={say('orders.none.title')} text={say('orders.none.text')}>
            <Button onPress={() => changeQuery({ status: undefined })}>{say('orders.none.clear')}</Button>
          </Notice>
        ))}
    </Page>
  );
}
