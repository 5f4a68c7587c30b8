import { memo, useCallback, useEffect, useMemo, useState } from 'react';
import type { OrderView } from '../../../contracts/order.js';
import { Unreachable } from '../api/client.js';
import { Page } from '../frame/frame.js';
import { Ago, useFormats } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { Anchor } from '../parts/anchor.js';
import { ErrorLine, Failure, Loading } from '../parts/states.js';
import { Status } from '../parts/status.js';
import { routes } from '../routing/routes.js';
import type { Session } from '../session/key.js';
import { ActionButtons, ActionDialog } from './action-dialog.js';
import { actionsOf, isOffered, type Action } from './actions.js';
import { Card, Fact, Goods, Money, Notices, Parcels, Returns } from './facts.js';
import { Gantt } from './gantt.js';
import { baseOf, isInTrouble } from './graph-model.js';
import { ledgerOf } from './ledger.js';
import { momentsOf, stepsAt, undosOf } from './life.js';
import { Notes } from './notes.js';
import { OrderGraph } from './order-graph.js';
import { Player } from './player.js';
import { StepPanel } from './step-panel.js';
import { Story } from './story-list.js';
import type { StoryEvent } from './story.js';
import { useHistory } from './use-history.js';
import { useOrder } from './use-order.js';
import { useProcess, type ProcessSteps } from './use-process.js';

/** One order, live: its graph, its time, its parcels and money, and what can be done about it now. */
export function OrderPage({ id, session }: { id: string; session: Session }) {
  const say = useText();
  const { order, error, reload, accept } = useOrder(id);
  const process = useProcess(order?.process);
  useEffect(() => {
    document.title = `${id} · ${say('app.name')}`;
  });
  return (
    <>
      <p className="back">
        <Anchor href={routes.orders}>← {say('orders.title')}</Anchor>
      </p>
      {order ? (
        <Order order={order} process={process} session={session} error={error} onView={accept} />
      ) : (
        <Page title={<bdi className="order-id">{id}</bdi>}>
          {error ? <Failure error={error} onRetry={reload} /> : <Loading />}
        </Page>
      )}
    </>
  );
}

const none: StoryEvent[] = [];

/** The slider moves fast. What does not follow it is not drawn again. */
const [SteadyGantt, SteadyStory, SteadyGoods] = [memo(Gantt), memo(Story), memo(Goods)];

interface OrderProps {
  order: OrderView;
  process: ProcessSteps;
  session: Session;
  /** Why the last read failed. */
  error: Error | undefined;
  onView: (view: OrderView) => void;
}

function Order({ order, process, session, error, onView }: OrderProps) {
  const say = useText();
  const { money } = useFormats();
  const [chosen, setChosen] = useState<string>();
  const [at, setAt] = useState<string>();
  const [asked, setAsked] = useState<Action>();
  const [done, setDone] = useState<Action>();
  const history = useHistory(order);
  const events = history.data?.events ?? none;
  const undos = useMemo(() => undosOf(events), [events]);
  const moments = useMemo(() => momentsOf(order, undos), [order, undos]);
  const ledger = useMemo(() => ledgerOf(order, events), [order, events]);
  const { method } = order.payment;
  const waits = useCallback((stepId: string) => isWait(process, method, stepId), [process, method]);
  const shown = at === undefined ? order : { ...order, steps: stepsAt(order, at, waits, undos) };
  const take = (view: OrderView, action: Action) => {
    onView(view);
    setDone(action);
  };
  const selected = chosen ?? order.failure?.step ?? order.steps.find(isInTrouble)?.id ?? currentStep(order);
  return (
    <Page title={<bdi className="order-id">{order.id}</bdi>} aside={<Status status={order.status} />}>
      {/* A lost connection is told around every page. */}
      {error && !(error instanceof Unreachable) && <ErrorLine error={error} />}
      <dl className="facts order-facts">
        <Fact name={say('orders.column.total')}>
          <b>{money(order.total, order.currency)}</b>
        </Fact>
        <Fact name={say('orders.column.customer')}>
          <bdi>{order.customerId}</bdi>
        </Fact>
        {session.shopId === '*' && (
          <Fact name={say('orders.column.shop')}>
            <bdi>{order.shopId}</bdi>
          </Fact>
        )}
        {order.reference !== undefined && (
          <Fact name={say('orders.field.reference')}>
            <bdi>{order.reference}</bdi>
          </Fact>
        )}
        <Fact name={say('orders.column.placed')}>
          <Ago at={order.placedAt} />
        </Fact>
        <Fact name={say('orders.column.updated')}>
          <Ago at={order.updatedAt} />
        </Fact>
        <Fact name={say('order.process')}>
          {order.process.name} {order.process.version}
        </Fact>
      </dl>
      <Why order={order} />
      <ActionButtons actions={actionsOf(order, session.role)} label={say('order.actions')} onAsk={setAsked} />
      <ActionDialog
        action={asked}
        isPossible={asked === undefined || isOffered(asked, order, session.role)}
        onClose={() => setAsked(undefined)}
        onDone={take}
      />
      <p className="unseen" role="status">
        {done && say('action.done', { action: say(done.label) })}
      </p>
      <div className="order-columns">
        <div className="order-main">
          <Card title={say('graph.title')}>
            <Player moments={moments} at={at} onChange={setAt} />
            <OrderGraph order={shown} process={process} selected={selected} onSelect={setChosen} />
          </Card>
          <Card title={say('money.title')}>
            <Money order={order} ledger={ledger} at={at} />
          </Card>
        </div>
        <div className="order-side">
          {selected !== undefined && (
            <StepPanel
              order={shown}
              stepId={selected}
              process={process}
              role={session.role}
              isPast={at !== undefined}
              onAsk={setAsked}
            />
          )}
          <Card title={say('parcels.title')}>
            <Parcels order={order} at={at} />
          </Card>
          {order.returns.length > 0 && (
            <Card title={say('returns.title')}>
              <Returns order={order} role={session.role} onAsk={setAsked} />
            </Card>
          )}
          <Card title={say('goods.title')}>
            <SteadyGoods order={order} />
          </Card>
          <Card title={say('notices.title')}>
            <Notices order={order} at={at} />
          </Card>
          {session.role === 'operator' && (
            <Card title={say('notes.title')}>
              <Notes orderId={order.id} />
            </Card>
          )}
        </div>
      </div>
      <Card title={say('gantt.title')}>
        <SteadyGantt order={order} process={process} waits={waits} undos={undos} />
      </Card>
      <Card title={say('story.title')}>
        <SteadyStory order={order} history={history} />
      </Card>
    </Page>
  );
}

/** Why the order needs a person, or ended early. */
function Why({ order }: { order: OrderView }) {
  const textOf = useTextOf();
  const { failure, status } = order;
  if (!failure) return null;
  return (
    <div className={status === 'needs_attention' || status === 'failed' ? 'banner' : 'banner banner-calm'}>
      <b>{textOf('failure', failure.code)}</b> · {textOf('step', baseOf(failure.step))}
      <p>{failure.message}</p>
    </div>
  );
}

/** A payment waits for the customer only where it is paid later: a card is charged at once. */
function isWait(process: ProcessSteps, method: OrderView['payment']['method'], stepId: string): boolean {
  return process.of(stepId).waits === true && !(stepId === 'authorizePayment' && method === 'card');
}

/** The step that a person looks for: the one that works or waits. */
function currentStep({ steps }: OrderView): string | undefined {
  const groups = new Set(steps.flatMap(({ group }) => group ?? []));
  const isActive = (state: string) => state === 'running' || state === 'waiting' || state === 'undoing';
  const active = steps.filter(({ id, state }) => isActive(state) && !groups.has(id));
  return (active.find(({ id }) => !id.startsWith('notify')) ?? active[0])?.id;
}
