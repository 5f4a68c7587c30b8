import type { ReactNode } from 'react';
import type { OrderView } from '../../../contracts/order.js';
import { useFormats, Ago } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { Scroll } from '../parts/scroll.js';
import { ActionButtons, type Ask } from './action-dialog.js';
import { returnActions } from './actions.js';
import { baseOf, parcelNames, parcelOf } from './graph-model.js';
import { balanceAt, type LedgerEntry } from './ledger.js';
import type { Session } from '../session/key.js';

export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="sheet">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** What was ordered, for how much, and where it goes. */
export function Goods({ order }: { order: OrderView }) {
  const say = useText();
  const { money, number } = useFormats();
  const { currency, lines, shippingFee, adjustments, total, shippingAddress: to, email } = order;
  const address = [to.name, to.line1, to.line2, `${to.postalCode} ${to.city}`, to.region, to.country].filter(Boolean);
  return (
    <>
      <table className="plain">
        <tbody>
          {lines.map(({ sku, name, quantity, unitPrice, reserved }) => (
            <tr key={sku}>
              <th scope="row">
                <bdi>{name ?? sku}</bdi> {name !== undefined && <bdi className="hint">{sku}</bdi>}
              </th>
              <td>
                {number(quantity)} × {money(unitPrice, currency)}
                {reserved < quantity && reserved > 0 && ' '}
                {reserved < quantity && reserved > 0 && (
                  <span className="tag tag-overdue">{say('goods.reserved', { count: reserved })}</span>
                )}
              </td>
              <td className="number">{money(quantity * unitPrice, currency)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row" colSpan={2}>
              {say('goods.shippingFee')}
            </th>
            <td className="number">{money(shippingFee, currency)}</td>
          </tr>
          {adjustments.map(({ label, amount }, index) => (
            <tr key={index}>
              <th scope="row" colSpan={2}>
                <bdi>{label}</bdi>
              </th>
              <td className="number">{money(amount, currency)}</td>
            </tr>
          ))}
          <tr className="sum">
            <th scope="row" colSpan={2}>
              {say('orders.column.total')}
            </th>
            <td className="number">{money(total, currency)}</td>
          </tr>
        </tbody>
      </table>
      <address>
        {address.map((line, index) => (
          <bdi key={index}>{line}</bdi>
        ))}
        {email !== undefined && <bdi className="hint">{email}</bdi>}
      </address>
    </>
  );
}

/** @param at the moment that is looked at; undefined: now */
export function Parcels({ order, at }: { order: OrderView; at: string | undefined }) {
  const say = useText();
  const { time, fullTime } = useFormats();
  if (order.shipments.length === 0) return <p className="hint">{say('parcels.empty')}</p>;
  const isPast = (when: string | undefined) => when !== undefined && (at === undefined || when <= at);
  return (
    <Rows label={say('parcels.title')}>
      {order.shipments.map(({ id, warehouse, status, carrier, trackingNumber, lines, signedBy, ...times }) => {
        const { dispatchedAt, deliveredAt } = times;
        const stands =
          at === undefined || (isPast(deliveredAt) && status === 'delivered')
            ? status
            : isPast(dispatchedAt)
              ? 'dispatched'
              : 'planned';
        return (
          <li key={id}>
            <div className="row-head">
              <b>
                <bdi>{warehouse}</bdi>
              </b>
              <span className={`tag parcel-${stands}`}>{say(`shipment.${stands}`)}</span>
            </div>
            <bdi>{lines.map((line) => `${line.quantity} × ${line.sku}`).join(', ')}</bdi>
            <dl className="facts">
              {trackingNumber !== undefined && (
                <Fact name={say('parcels.tracking')}>
                  <code>{trackingNumber}</code> {carrier !== undefined && <bdi className="hint">{carrier}</bdi>}
                </Fact>
              )}
              {dispatchedAt !== undefined && isPast(dispatchedAt) && (
                <Fact name={say('shipment.dispatched')}>
                  <span title={fullTime(dispatchedAt)}>{time(dispatchedAt)}</span>
                </Fact>
              )}
              {deliveredAt !== undefined && isPast(deliveredAt) && (
                <Fact name={say('shipment.delivered')}>
                  <span title={fullTime(deliveredAt)}>{time(deliveredAt)}</span>
                </Fact>
              )}
              {signedBy !== undefined && isPast(deliveredAt) && (
                <Fact name={say('parcels.signedBy')}>
                  <bdi>{signedBy}</bdi>
                </Fact>
              )}
            </dl>
          </li>
        );
      })}
    </Rows>
  );
}

/** A list that scrolls when it is long. What scrolls can be reached with the keyboard. */
export function Rows({ label, kind, children }: { label: string; kind?: 'flat' | 'notes'; children: ReactNode }) {
  return (
    <ul className={`rows${kind ? ` rows-${kind}` : ''}`} tabIndex={0} aria-label={label}>
      {children}
    </ul>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The money of the order as a ledger, up to the moment that is looked at. */
export function Money({
  order,
  ledger,
  at,
}: {
  order: OrderView;
  ledger: readonly LedgerEntry[];
  at: string | undefined;
}) {
  const say = useText();
  const textOf = useTextOf();
  const { money, time, fullTime } = useFormats();
  const { currency, payment } = order;
  const names = parcelNames(order);
  const balance = at === undefined ? payment : balanceAt(ledger, at);
  const shown = ledger.filter((entry) => at === undefined || entry.at <= at);
  return (
    <>
      <dl className="sums">
        {(['authorized', 'captured', 'refunded'] as const).map((name) => (
          <Fact key={name} name={say(`money.${name}`)}>
            <b className="number" data-sum={name}>
              {money(balance[name], currency)}
            </b>
          </Fact>
        ))}
        {at === undefined && <Fact name={say('orders.column.status')}>{say(`payment.${payment.status}`)}</Fact>}
      </dl>
      {shown.length === 0 ? (
        <p className="hint">{say('money.empty')}</p>
      ) : (
        <Scroll className="ledger-scroll" label={say('money.title')}>
          <table className="plain ledger">
            <thead>
              <tr>
                <th scope="col">{say('ledger.what')}</th>
                <th scope="col" className="number">
                  {say('ledger.amount')}
                </th>
                <th scope="col" className="number">
                  {say('money.authorized')}
                </th>
                <th scope="col" className="number">
                  {say('ledger.paid')}
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ at: when, what, amount, isAbout, isBy, about, after }, index) => (
                <tr key={index} data-entry={what}>
                  <th scope="row">
                    {say(`ledger.${what}`)}{' '}
                    {about !== undefined && <bdi className="hint">{names.get(about) ?? textOf('failure', about)}</bdi>}
                    <time className="hint" dateTime={when} title={fullTime(when)}>
                      {isBy ? say('ledger.by', { time: time(when) }) : time(when)}
                    </time>
                  </th>
                  <td className="number">
                    {amount !== undefined && `${isAbout ? '≈ ' : ''}${money(amount, currency)}`}
                  </td>
                  <td className="number">{money(after.authorized, currency)}</td>
                  <td className="number">{money(after.captured - after.refunded, currency)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </>
  );
}

export function Notices({ order, at }: { order: OrderView; at: string | undefined }) {
  const say = useText();
  const textOf = useTextOf();
  const names = parcelNames(order);
  const sent = order.steps.filter(
    ({ id, state, finishedAt }) =>
      id.startsWith('notify') && state === 'done' && finishedAt !== undefined && (at === undefined || finishedAt <= at),
  );
  if (sent.length === 0) return <p className="hint">{say('notices.empty')}</p>;
  return (
    <Rows kind="flat" label={say('notices.title')}>
      {sent.map(({ id, finishedAt }) => (
        <li key={id}>
          <span>
            {textOf('step', baseOf(id))} <bdi className="hint">{names.get(parcelOf(id) ?? '')}</bdi>
          </span>
          <Ago at={finishedAt!} />
        </li>
      ))}
    </Rows>
  );
}

export function Returns({ order, role, onAsk }: { order: OrderView; role: Session['role']; onAsk: Ask }) {
  const say = useText();
  const { money } = useFormats();
  return (
    <Rows label={say('returns.title')}>
      {order.returns.map((back) => (
        <li key={back.id}>
          <div className="row-head">
            <b>
              <bdi>{back.lines.map((line) => `${line.quantity} × ${line.sku}`).join(', ')}</bdi>
            </b>
            <span className="tag">{say(`return.${back.status}`)}</span>
          </div>
          <bdi>{back.reason}</bdi>
          <span className="hint">
            <Ago at={back.requestedAt} /> · {say('money.refunded')}: {money(back.refunded, order.currency)}
          </span>
          <ActionButtons actions={returnActions(order, back, role)} label={say('order.actions')} onAsk={onAsk} />
        </li>
      ))}
    </Rows>
  );
}
