import { useCallback, useEffect, useState } from 'react';
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { call } from '../api/client.js';
import { openStream } from '../api/stream.js';
import { useResource } from '../api/use-resource.js';
import { Page } from '../frame/frame.js';
import { Ago, useFormats } from '../language/format.js';
import { useText } from '../language/language.js';
import { Anchor } from '../parts/anchor.js';
import { Button } from '../parts/button.js';
import { KeyName } from '../parts/key-name.js';
import { ErrorLine, Failure, Loading } from '../parts/states.js';
import { routes } from '../routing/routes.js';
import type { Session } from '../session/key.js';
import { decisionOf } from '../trouble/groups.js';
import { BulkOrders } from './bulk-orders.js';
import { BulkState } from './bulk-state.js';
import { results, type Bulk, type BulkOrder, type BulkResult } from './bulk.js';

/** One decision for many orders: which ones it touches and which not, then each result. It goes on when nobody looks. */
export function BulkPage({ id, session }: { id: string; session: Session }) {
  const say = useText();
  const [news, setBulk] = useState<Bulk>();
  const [fresh, setFresh] = useState<ReadonlyMap<string, BulkOrder>>(new Map());
  const [refusal, setRefusal] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const path = `/v1/bulk/${encodeURIComponent(id)}`;
  const { data, error, reload } = useResource<Bulk>(path);
  const bulk = news ?? data;
  // With a start, what has failed is pending again: the stream, which ends when the bulk is done, and the lists begin anew.
  const [round, setRound] = useState(0);
  const [listRound, setListRound] = useState<number>();

  useEffect(() => {
    // Results come by the hundred: they are handed on together.
    let gathered: BulkOrder[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const handOn = () => {
      const results = gathered.map((each) => [each.orderId, each] as const);
      gathered = [];
      timer = undefined;
      setFresh((before) => new Map([...before, ...results]));
    };
    const close = openStream<Bulk | BulkOrder>(`${path}/events`, {
      onEvent: (data, event) => {
        if (event === 'bulk') {
          setBulk(data as Bulk);
          // From the first event on, the stream misses nothing. What came before is in the lists.
          return setListRound(round);
        }
        if (event !== 'result') return;
        gathered.push(data as BulkOrder);
        timer ??= setTimeout(handOn, gatherMs);
      },
    });
    return () => {
      close();
      clearTimeout(timer);
      setFresh(new Map());
    };
  }, [path, round]);

  const command = useCallback(
    async (name: 'start' | 'stop') => {
      setBusy(true);
      setRefusal(undefined);
      try {
        setBulk(await call<Bulk>(`${path}/${name}`, { method: 'POST', body: {} }));
        if (name === 'start') setRound((before) => before + 1);
      } catch (reason) {
        setRefusal(reason as Error);
      }
      setBusy(false);
    },
    [path],
  );

  const name = bulk && decisionOf(bulk.command);
  return (
    <Page
      title={bulk ? (name ? say(`bulk.action.${name}`) : bulk.command.action) : say('bulk.title')}
      aside={bulk && <BulkState state={bulk.state} />}
    >
      {error && !bulk && <Failure error={error} onRetry={reload} />}
      {!error && !bulk && <Loading />}
      {bulk && (
        <>
          <Summary bulk={bulk} name={name && say(`bulk.about.${name}`)} />
          {refusal && <ErrorLine error={refusal} />}
          {session.role === 'operator' && (
            <Commands bulk={bulk} isBusy={isBusy} onCommand={(each) => void command(each)} />
          )}
          <Orders key={listRound} bulk={bulk} path={path} fresh={fresh} />
        </>
      )}
    </Page>
  );
}

const gatherMs = 200;

function Summary({ bulk, name }: { bulk: Bulk; name: string | undefined }) {
  const say = useText();
  const { number } = useFormats();
  const { orders } = bulk;
  const settled = orders.done + orders.refused + orders.failed;
  return (
    <div className="card bulk-summary">
      <p>
        {say(bulk.state === 'draft' ? 'bulk.wouldTouch' : 'bulk.touches', { count: orders.selected })}{' '}
        {orders.excluded > 0 && say('bulk.leavesOut', { count: orders.excluded })} {name}
      </p>
      {bulk.state !== 'draft' && (
        <>
          <div
            className="bar"
            role="progressbar"
            aria-label={say('bulk.progress')}
            aria-valuemin={0}
            aria-valuemax={orders.selected}
            aria-valuenow={settled}
          >
            {(['done', 'refused', 'failed'] as const).map((each) => (
              <span key={each} className={`bar-${each}`} style={{ flexGrow: orders[each] }} />
            ))}
            <span style={{ flexGrow: orders.pending }} />
          </div>
          <p className="soft" role="status">
            {say('bulk.settled', { settled, selected: orders.selected })}
            {bulk.state === 'running' &&
              bulk.ratePerSecond !== undefined &&
              ` · ${say('bulk.rate', { rate: number(bulk.ratePerSecond) })}`}
          </p>
        </>
      )}
      <p className="soft">
        {say('bulk.by')} <KeyName name={bulk.by} /> · <Ago at={bulk.startedAt ?? bulk.createdAt} />
        {bulk.links?.temporalUi !== undefined && bulk.state !== 'draft' && (
          <>
            {' · '}
            <a href={bulk.links.temporalUi} target="_blank" rel="noreferrer">
              {say('bulk.run')}
            </a>
          </>
        )}
      </p>
    </div>
  );
}

interface CommandsProps {
  bulk: Bulk;
  isBusy: boolean;
  onCommand: (name: 'start' | 'stop') => void;
}

function Commands({ bulk, isBusy, onCommand }: CommandsProps) {
  const say = useText();
  const { state, orders } = bulk;
  return (
    <div className="bulk-commands">
      {state === 'draft' && (
        <Button kind="primary" isDisabled={isBusy || orders.selected === 0} onPress={() => onCommand('start')}>
          {say('bulk.start', { count: orders.selected })}
        </Button>
      )}
      {state === 'running' && (
        <Button kind="danger" isDisabled={isBusy} onPress={() => onCommand('stop')}>
          {say('bulk.stop')}
        </Button>
      )}
      {(state === 'stopped' || (state === 'done' && orders.failed > 0)) && (
        <Button kind="primary" isDisabled={isBusy} onPress={() => onCommand('start')}>
          {say('bulk.goOn')}
        </Button>
      )}
      <Anchor className="button button-quiet" href={routes.trouble}>
        {say('bulk.back')}
      </Anchor>
    </div>
  );
}

function Orders({ bulk, path, fresh }: { bulk: Bulk; path: string; fresh: ReadonlyMap<string, BulkOrder> }) {
  const say = useText();
  const { number } = useFormats();
  const [chosen, setChosen] = useState<BulkResult>();
  const shown = results.filter((each) => bulk.orders[each] > 0);
  const result = chosen !== undefined && shown.includes(chosen) ? chosen : (shown[0] ?? 'pending');
  return (
    <div className="bulk-list">
      <ToggleButtonGroup
        className="tabs"
        aria-label={say('bulk.results')}
        disallowEmptySelection
        selectedKeys={[result]}
        onSelectionChange={(keys) => setChosen([...keys][0] as BulkResult)}
      >
        {shown.map((each) => (
          <ToggleButton key={each} id={each} className="tab">
            {say(bulk.state === 'draft' && each === 'pending' ? 'bulk.result.selected' : `bulk.result.${each}`)}{' '}
            <span className="tab-count">{number(bulk.orders[each])}</span>
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      {shown.length > 0 && (
        <BulkOrders key={result} path={path} result={result} fresh={fresh} isDraft={bulk.state === 'draft'} />
      )}
    </div>
  );
}
