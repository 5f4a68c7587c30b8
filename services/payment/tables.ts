import type { Generated, GeneratedAlways, Selectable } from 'kysely';

/** Amounts are minor units of `currency`. */
interface PaymentTable {
  order_id: string;
  /** Null until something is authorized. */
  currency: string | null;
  captured: Generated<number>;
  refunded: Generated<number>;
  /** Held once and let go without being captured. */
  let_go: Generated<number>;
  /** A tombstone: nothing is authorized any more. */
  voided: Generated<boolean>;
  /** Nothing is authorized or captured any more. */
  settled: Generated<boolean>;
}

/** authorized amount = held + captured from it + let go of it. */
interface AuthorizationTable {
  id: string;
  order_id: string;
  seq: GeneratedAlways<number>;
  amount: number;
  held: number;
  /** The card's token (null: reported by the provider), which decides how the simulated card goes on. */
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
  /** Of money that came and went at once. Null: that of the payment. */
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
