import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Balance } from '../../contracts/order.js';
import type { Authorization, OperationKind, Payment, PaymentTables } from './tables.js';

export type Tx = Kysely<PaymentTables>;

/** The money of one order, under that order's lock: every change is made here, so that the sums stay true together. */
export class Ledger {
  private constructor(
    private readonly tx: Tx,
    private readonly key: string,
    readonly payment: Payment,
    readonly authorizations: Authorization[],
  ) {}

  /**
   * Locks an order's payment, known or not yet. The authorizations are read by a statement of their own: one begun before the
   * lock was granted would see them as they were.
   *
   * @param key of the call; it stands with each operation.
   */
  static async open(tx: Tx, orderId: string, key: string): Promise<Ledger> {
    // The update changes nothing: it locks the row and gives its newest state. xmax is 0 in a row that was just made.
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
    await this.noteCurrency(currency);
    await this.note('authorize', amount, { subject: input.providerRef });
    return authorization.id;
  }

  /** Takes from what is held, the oldest authorization first. The caller has seen that there is enough. */
  async capture(amount: number, subject: string): Promise<void> {
    await this.take(amount, this.authorizations);
    await this.set({ captured: this.payment.captured + amount });
    await this.note('capture', amount, { subject });
  }

  /** Lets go of what is held, the newest authorization first. Nothing to let go of: nothing is noted. */
  async letGo(kind: 'void' | 'release', amount: number, from = this.authorizations): Promise<void> {
    if (amount === 0) return;
    await this.take(amount, from.toReversed());
    await this.set({ let_go: this.payment.let_go + amount });
    await this.note(kind, amount);
  }

  /** Comes and goes at once. Money of another currency than the payment's is no part of its sums. */
  async passThrough(amount: number, currency: string, providerRef: string): Promise<void> {
    const own = this.payment.currency ?? currency;
    await this.set({ currency: own, ...(own === currency ? { let_go: this.payment.let_go + amount } : {}) });
    for (const kind of ['authorize', 'void'] as const) {
      await this.note(kind, amount, { subject: providerRef, currency });
    }
  }

  /** Whether this message brought money that came and went at once. */
  async hasPassedThrough(providerRef: string): Promise<boolean> {
    const found = await this.passedThrough().where('subject', '=', providerRef).select('id').executeTakeFirst();
    return found !== undefined;
  }

  async refund(amount: number, subject: string): Promise<void> {
    await this.set({ refunded: this.payment.refunded + amount });
    await this.note('refund', amount, { subject });
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
    if (missing > 0) throw new Error(`${this.payment.order_id} holds ${missing} less than was to be taken`);
  }

  /** An order's payment is in one currency. Money that came and went before may have been in another. */
  private async noteCurrency(currency: string): Promise<void> {
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

  private async note(
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
