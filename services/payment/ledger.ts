import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Balance } from '../../contracts/order.js';
import type { Authorization, OperationKind, Payment, PaymentTables } from './tables.js';

export type Tx = Kysely<PaymentTables>;

/** The money of one order, which is locked. Every change is made here, so that the sums stay consistent. */
export class Ledger {
  private constructor(
    private readonly tx: Tx,
    private readonly key: string,
    readonly payment: Payment,
    readonly authorizations: Authorization[],
  ) {}

  /**
   * Locks the payment of an order, which may be new. A second statement reads the authorizations: the statement that waits for the
   * lock would see them as they were before the wait.
   *
   * @param key the idempotency key of the call. It is stored with each operation.
   */
  static async open(tx: Tx, orderId: string, key: string): Promise<Ledger> {
    // The update changes nothing: it locks the row and returns its newest state. xmax is 0 in a row that was just inserted.
    const { fresh, ...payment } = await tx
      .insertInto('payments')
      .values({ order_id: orderId, currency: null })
      .onConflict((conflict) => conflict.column('order_id').doUpdateSet({ order_id: orderId }))
      .returningAll()
      .returning(sql<boolean>`xmax = 0`.as('fresh'))
      .executeTakeFirstOrThrow();
    const authorizations = fresh
      ? []
      : await tx.selectFrom('authorizations').selectAll().where('order_id', '=', orderId).orderBy('seq').execute();
    return new Ledger(tx, key, payment, authorizations);
  }

  get held(): number {
    return this.authorizations.reduce((sum, { held }) => sum + held, 0);
  }

  get balance(): Balance {
    return { authorized: this.held, captured: this.payment.captured, refunded: this.payment.refunded };
  }

  /** @returns the id of the authorization. */
  async authorize(input: { amount: number; currency: string; token?: string; providerRef?: string }): Promise<string> {
    const { order_id } = this.payment;
    const { amount, currency } = input;
    const authorization = await this.tx
      .insertInto('authorizations')
      .values({
        id: `auth_${randomUUID()}`,
        order_id,
        amount,
        held: amount,
        token: input.token ?? null,
        provider_ref: input.providerRef ?? null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    this.authorizations.push(authorization);
    await this.setCurrency(currency);
    await this.addOperation('authorize', amount, { subject: input.providerRef });
    return authorization.id;
  }

  /** Captures held money, the oldest authorization first. The caller has checked that enough is held. */
  async capture(amount: number, subject: string): Promise<void> {
    await this.take(amount, this.authorizations);
    await this.set({ captured: this.payment.captured + amount });
    await this.addOperation('capture', amount, { subject });
  }

  /** Releases held money, the newest authorization first. An amount of 0 leaves no operation. */
  async release(kind: 'void' | 'release', amount: number, from = this.authorizations): Promise<void> {
    if (amount === 0) return;
    await this.take(amount, from.toReversed());
    await this.set({ let_go: this.payment.let_go + amount });
    await this.addOperation(kind, amount);
  }

  /** Records money that comes and goes at once. The sums of the payment do not count it if it has another currency. */
  async passThrough(amount: number, currency: string, providerRef: string): Promise<void> {
    const own = this.payment.currency ?? currency;
    await this.set({ currency: own, ...(own === currency ? { let_go: this.payment.let_go + amount } : {}) });
    for (const kind of ['authorize', 'void'] as const) {
      await this.addOperation(kind, amount, { subject: providerRef, currency });
    }
  }

  /** Whether money of this message came and went at once. */
  async hasPassedThrough(providerRef: string): Promise<boolean> {
    const found = await this.passedThrough().where('subject', '=', providerRef).select('id').executeTakeFirst();
    return found !== undefined;
  }

  async refund(amount: number, subject: string): Promise<void> {
    await this.set({ refunded: this.payment.refunded + amount });
    await this.addOperation('refund', amount, { subject });
  }

  async set(change: Partial<Omit<Payment, 'order_id'>>): Promise<void> {
    Object.assign(this.payment, change);
    await this.tx.updateTable('payments').set(change).where('order_id', '=', this.payment.order_id).execute();
  }

  private async take(amount: number, from: readonly Authorization[]): Promise<void> {
    let missing = amount;
    for (const authorization of from) {
      const taken = Math.min(missing, authorization.held);
      if (taken === 0) continue;
      missing -= taken;
      authorization.held -= taken;
      const { id, held } = authorization;
      await this.tx.updateTable('authorizations').set({ held }).where('id', '=', id).execute();
    }
    if (missing > 0) throw new Error(`${this.payment.order_id} holds ${missing} less than the operation takes`);
  }

  /** A payment has one currency. Money that came and went before may have had another one. */
  private async setCurrency(currency: string): Promise<void> {
    if (currency === this.payment.currency) return this.set({ currency });
    const { sum } = await this.passedThrough()
      .where('currency', '=', currency)
      .select(sql<number>`coalesce(sum(amount), 0)::bigint`.as('sum'))
      .executeTakeFirstOrThrow();
    await this.set({ currency, let_go: sum });
  }

  private passedThrough() {
    return this.tx
      .selectFrom('operations')
      .where('order_id', '=', this.payment.order_id)
      .where('kind', '=', 'void')
      .where('currency', 'is not', null);
  }

  private async addOperation(
    kind: OperationKind,
    amount: number,
    { subject = null, currency = null }: { subject?: string | null | undefined; currency?: string | null } = {},
  ): Promise<void> {
    const { order_id } = this.payment;
    await this.tx
      .insertInto('operations')
      .values({ id: `op_${randomUUID()}`, order_id, kind, amount, key: this.key, subject, currency })
      .execute();
  }
}
