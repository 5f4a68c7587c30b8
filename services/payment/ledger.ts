import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Balance } from '../../contracts/order.js';
import type { Effect, Read } from '../support/idempotency.js';
import type { Authorization, OperationKind, Payment } from './tables.js';

const nothing: Omit<Payment, 'order_id'> = {
  currency: null,
  captured: 0,
  refunded: 0,
  let_go: 0,
  voided: false,
  settled: false,
};

/** What the database has of the money of an order. */
export interface Stored {
  payment: Payment | null;
  /** Another one after each change of the payment. */
  version: string | null;
  authorizations: Authorization[];
  /** Money that came and went at once. */
  passed: Pick<Operation, 'subject' | 'currency' | 'amount'>[];
}

export interface Operation {
  id: string;
  kind: OperationKind;
  amount: number;
  subject: string | null;
  currency: string | null;
}

/** The money of one order. Every change is made here, in memory, so that the sums stay consistent. */
export class Ledger {
  /** What was done since it was read. */
  readonly operations: Operation[] = [];

  private constructor(
    private readonly key: string,
    private readonly stored: Stored,
    readonly payment: Payment,
    readonly authorizations: Authorization[],
    private readonly newId: () => string,
  ) {}

  /** The payment of an order as the database has it. */
  static of(stored: Stored, orderId: string, key: string, newId: () => string = randomUUID): Ledger {
    return new Ledger(key, stored, stored.payment ?? { ...nothing, order_id: orderId }, stored.authorizations, newId);
  }

  /**
   * Reads the payment of an order, which may be new.
   *
   * @param key the idempotency key of the call. It is stored with each operation.
   */
  static async open(read: Read, orderId: string, key: string): Promise<Ledger> {
    const stored = await read(sql<Stored>`
      select
        (select to_json(p) from payments p where order_id = ${orderId}) as payment,
        (select xmin::text from payments where order_id = ${orderId}) as version,
        (select coalesce(json_agg(a order by seq), '[]') from authorizations a where order_id = ${orderId}) as authorizations,
        (select coalesce(json_agg(o order by seq), '[]') from operations o
          where order_id = ${orderId} and kind = 'void' and currency is not null) as passed`);
    return Ledger.of(stored, orderId, key);
  }

  get held(): number {
    return this.authorizations.reduce((sum, { held }) => sum + held, 0);
  }

  /** The tokens of its cards. */
  get tokens(): (string | null)[] {
    return this.authorizations.map(({ token }) => token);
  }

  get balance(): Balance {
    return { authorized: this.held, captured: this.payment.captured, refunded: this.payment.refunded };
  }

  /** The statement that stores the changes, unless another call has changed the payment since it was read. */
  get effect(): Effect {
    const { order_id, currency, captured, refunded, let_go, voided, settled } = this.payment;
    return sql`
      changed as (
        insert into payments (order_id, currency, captured, refunded, let_go, voided, settled)
        values (${order_id}, ${currency}, ${captured}, ${refunded}, ${let_go}, ${voided}, ${settled})
        on conflict (order_id) do update set currency = excluded.currency, captured = excluded.captured,
          refunded = excluded.refunded, let_go = excluded.let_go, voided = excluded.voided, settled = excluded.settled
        where payments.xmin::text = ${this.stored.version}
        returning order_id
      ),
      changed_authorizations as (
        insert into authorizations (id, order_id, amount, held, token, provider_ref)
        select a.id, order_id, a.amount, a.held, a.token, a.provider_ref
        from changed, json_to_recordset(${JSON.stringify(this.authorizations)})
          as a (id text, amount bigint, held bigint, token text, provider_ref text)
        on conflict (id) do update set held = excluded.held where authorizations.held <> excluded.held
      ),
      new_operations as (
        insert into operations (id, order_id, key, kind, amount, subject, currency)
        select o.id, order_id, ${this.key}, o.kind, o.amount, o.subject, o.currency
        from changed, json_to_recordset(${JSON.stringify(this.operations)})
          as o (id text, kind text, amount bigint, subject text, currency text)
      )`;
  }

  /** @returns the id of the authorization. */
  authorize(input: { amount: number; currency: string; token?: string; providerRef?: string }): string {
    const { amount, currency, token = null, providerRef = null } = input;
    const id = `auth_${this.newId()}`;
    this.authorizations.push({ id, amount, held: amount, token, provider_ref: providerRef });
    if (currency !== this.payment.currency) {
      // A payment has one currency. Money that came and went before may have had another one.
      this.payment.currency = currency;
      this.payment.let_go = sumOf(this.stored.passed.filter((one) => one.currency === currency));
    }
    this.addOperation('authorize', amount, providerRef);
    return id;
  }

  /** Captures held money, the oldest authorization first. The caller has checked that enough is held. */
  capture(amount: number, subject: string): void {
    this.take(amount, this.authorizations);
    this.payment.captured += amount;
    this.addOperation('capture', amount, subject);
  }

  /** Releases held money, the newest authorization first. An amount of 0 leaves no operation. */
  release(kind: 'void' | 'release', amount: number, from = this.authorizations): void {
    if (amount === 0) return;
    this.take(amount, from.toReversed());
    this.payment.let_go += amount;
    this.addOperation(kind, amount);
  }

  /** Records money that comes and goes at once. The sums of the payment do not count it if it has another currency. */
  passThrough(amount: number, currency: string, providerRef: string): void {
    this.payment.currency ??= currency;
    if (this.payment.currency === currency) this.payment.let_go += amount;
    for (const kind of ['authorize', 'void'] as const) this.addOperation(kind, amount, providerRef, currency);
  }

  /** The authorization of a message of the payment provider. */
  recorded(providerRef: string): Authorization | undefined {
    return this.authorizations.find(({ provider_ref }) => provider_ref === providerRef);
  }

  /** Whether money of this message came and went at once. */
  hasPassedThrough(providerRef: string): boolean {
    return this.stored.passed.some(({ subject }) => subject === providerRef);
  }

  refund(amount: number, subject: string): void {
    this.payment.refunded += amount;
    this.addOperation('refund', amount, subject);
  }

  private take(amount: number, from: readonly Authorization[]): void {
    let missing = amount;
    for (const authorization of from) {
      const taken = Math.min(missing, authorization.held);
      missing -= taken;
      authorization.held -= taken;
    }
    if (missing > 0) throw new Error(`${this.payment.order_id} holds ${missing} less than the operation takes`);
  }

  private addOperation(
    kind: OperationKind,
    amount: number,
    subject: string | null = null,
    currency: string | null = null,
  ) {
    this.operations.push({ id: `op_${this.newId()}`, kind, amount, subject, currency });
  }
}

function sumOf(amounts: readonly { amount: number }[]): number {
  return amounts.reduce((sum, { amount }) => sum + amount, 0);
}
