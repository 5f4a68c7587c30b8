import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table payments (
      order_id text collate "C" primary key,
      currency text,
      captured bigint not null default 0 check (captured >= 0),
      refunded bigint not null default 0 check (refunded between 0 and captured),
      let_go bigint not null default 0 check (let_go >= 0),
      voided boolean not null default false,
      settled boolean not null default false
    )`.execute(db);
  await sql`
    create table authorizations (
      id text primary key,
      order_id text collate "C" not null references payments,
      seq bigint generated always as identity,
      amount bigint not null check (amount > 0),
      held bigint not null check (held between 0 and amount),
      token text,
      provider_ref text,
      unique (order_id, provider_ref)
    )`.execute(db);
  await sql`
    create table operations (
      id text primary key,
      order_id text collate "C" not null references payments,
      seq bigint generated always as identity,
      kind text not null check (kind in ('authorize', 'void', 'capture', 'refund', 'release')),
      amount bigint not null check (amount >= 0),
      at timestamptz not null default now(),
      key text not null,
      subject text
    )`.execute(db);
  await sql`create index operations_of_order on operations (order_id, seq)`.execute(db);
  await sql`
    create table flaky_calls (
      order_id text not null,
      operation text not null,
      calls bigint not null,
      primary key (order_id, operation)
    )`.execute(db);
}
