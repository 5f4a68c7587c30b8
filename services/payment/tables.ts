import type { Generated, GeneratedAlways, Selectable } from 'kysely';

/** Amounts are minor units of `currency`. */
interface PaymentTable {
  order_id: string;
  /** Null until something is authorized. */
  currency: string | null;
  captured: Generated<number>;
  refunded: Generated<number>;
  /** Was held, and then released without a capture. */
  let_go: Generated<number>;
  /** A tombstone: nothing can be authorized any more. */
  voided: Generated<boolean>;
  /** Nothing can be authorized or captured any more. */
  settled: Generated<boolean>;
}

/** amount = held + captured + released. */
interface AuthorizationTable {
  id: string;
  order_id: string;
  seq: GeneratedAlways<number>;
  amount: number;
  held: number;
  /** The token of the card, which decides how the simulated card behaves. Null for payments that the provider reports. */
  token: string | null;
  provider_ref: string | null;
}

export type OperationKind = 'authorize' | 'void' | 'capture' | 'refund' | 'release';

interface OperationTable {
  id: string;
  order_id: string;
  seq: GeneratedAlways<number>;
  kind: OperationKind;
  amount: number;
  at: Generated<Date>;
  key: string;
  subject: string | null;
  /** The currency of money that came and went at once. Null for all other operations: they have the payment's. */
  currency: string | null;
}

export interface PaymentTables {
  payments: PaymentTable;
  authorizations: AuthorizationTable;
  operations: OperationTable;
  flaky_calls: { order_id: string; operation: string; calls: number };
  screenings: {
    order_id: string;
    shop_id: string;
    customer_id: string;
    day: string;
    currency: string;
    amount: number;
  };
  screening_rules: { singleton: boolean; daily_limit: number | null };
}

export type Payment = Selectable<PaymentTable>;
export type Authorization = Selectable<AuthorizationTable>;
