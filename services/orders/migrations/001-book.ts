import { sql, type Kysely } from 'kysely';

/**
 * One row for each order, with separate columns for its two writers: the run of the order writes `view`, the run of its returns
 * writes `returns`. Each has its own position (contracts/publication.ts). `runs` and `returns_runs` list the run ids in the order in which
 * they were first seen: the number of a run is its index there.
 *
 * `change` numbers the accepted writes of the whole book. A write takes its number under a lock that is held until the write is visible,
 * so no lower number appears after a reader has read a higher one. The numbers start at the creation time of the book, in ms: if a book
 * is lost, the numbers of the new one are higher, and readers miss nothing.
 *
 * Views are `json`, not `jsonb`, so that their keys keep their order.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table orders (
      order_id text collate "C" primary key,
      runs text[] not null default '{}',
      length bigint,
      at bigint,
      seq bigint,
      fingerprint text,
      view json,
      shop_id text,
      customer_id text,
      reference text,
      status text,
      placed_at timestamptz(3),
      due_at timestamptz,
      returns_runs text[] not null default '{}',
      returns_length bigint,
      returns_at bigint,
      returns_seq bigint,
      returns json not null default '[]',
      revision integer not null default 0,
      change bigint,
      constraint filed check (
        view is null or num_nulls(length, at, seq, fingerprint, shop_id, customer_id, status, placed_at, change) = 0
      )
    )`.execute(db);

  // Every list is sorted by the time of placing and uses one of these. Only the status changes after placing.
  for (const [name, columns] of [
    ['orders_by_placing', 'placed_at, order_id'],
    ['orders_by_shop', 'shop_id, placed_at, order_id'],
    ['orders_by_status', 'status, placed_at, order_id'],
    ['orders_by_shop_and_status', 'shop_id, status, placed_at, order_id'],
    ['orders_by_customer', 'customer_id, placed_at, order_id'],
  ] as const) {
    await sql`create index ${sql.ref(name)} on orders (${sql.raw(columns)}) where view is not null`.execute(db);
  }
  await sql`create index orders_by_reference on orders (reference, placed_at, order_id) where reference is not null`.execute(
    db,
  );
  await sql`create unique index orders_by_change on orders (change)`.execute(db);
  await sql`create index orders_by_shop_and_change on orders (shop_id, change)`.execute(db);
  await sql`create index orders_due on orders (due_at) where due_at is not null`.execute(db);

  await sql`
    do $$ begin
      execute format('create sequence changes start with %s', floor(extract(epoch from clock_timestamp()) * 1000)::bigint);
    end $$`.execute(db);

  // Both functions return the revision of the order after the call: 0 while the book has its returns but not the order.
  await sql`
    create function publish_order(
      p_order_id text, p_run text, p_length bigint, p_at bigint, p_seq bigint, p_fingerprint text, p_view json,
      p_shop_id text, p_customer_id text, p_reference text, p_status text, p_placed_at timestamptz, p_due_at timestamptz
    ) returns integer language plpgsql as $$
    declare
      next bigint;
      -- The last revision in a book that was lost: the new book continues after it.
      known constant integer := coalesce((p_view ->> 'revision')::integer, 0);
      result integer;
    begin
      perform pg_advisory_xact_lock('changes'::regclass::oid::bigint);
      next := nextval('changes');
      insert into orders as o (
        order_id, runs, length, at, seq, fingerprint, view,
        shop_id, customer_id, reference, status, placed_at, due_at, revision, change
      ) values (
        p_order_id, array[p_run], p_length, p_at, p_seq, p_fingerprint, p_view,
        p_shop_id, p_customer_id, p_reference, p_status, p_placed_at, p_due_at, known + 1, next
      )
      on conflict (order_id) do update set
        runs = case when p_run = any (o.runs) then o.runs else o.runs || p_run end,
        length = p_length, at = p_at, seq = p_seq, fingerprint = p_fingerprint, view = p_view,
        shop_id = p_shop_id, customer_id = p_customer_id, reference = p_reference, status = p_status,
        placed_at = p_placed_at, due_at = p_due_at,
        revision = greatest(o.revision, known) + 1, change = next
      where p_run <> all (o.runs)
        or (p_run = o.runs[cardinality(o.runs)] and (p_length, p_at, p_seq) > (o.length, o.at, o.seq))
      returning o.revision into result;
      if found then
        perform pg_notify('changes', json_build_object('orderId', p_order_id, 'shopId', p_shop_id)::text);
      else
        select o.revision into strict result from orders o where o.order_id = p_order_id;
      end if;
      return result;
    end $$`.execute(db);

  await sql`
    create function publish_returns(
      p_order_id text, p_run text, p_length bigint, p_at bigint, p_seq bigint, p_returns json
    ) returns integer language plpgsql as $$
    declare
      next bigint;
      stored record;
    begin
      perform pg_advisory_xact_lock('changes'::regclass::oid::bigint);
      next := nextval('changes');
      insert into orders as o (order_id, returns_runs, returns_length, returns_at, returns_seq, returns)
      values (p_order_id, array[p_run], p_length, p_at, p_seq, p_returns)
      on conflict (order_id) do update set
        returns_runs = case when p_run = any (o.returns_runs) then o.returns_runs else o.returns_runs || p_run end,
        returns_length = p_length, returns_at = p_at, returns_seq = p_seq, returns = p_returns,
        revision = case when o.view is null then 0 else o.revision + 1 end,
        change = case when o.view is null then null else next end
      where p_run <> all (o.returns_runs)
        or (
          p_run = o.returns_runs[cardinality(o.returns_runs)]
          and (p_length, p_at, p_seq) > (o.returns_length, o.returns_at, o.returns_seq)
        )
      returning o.revision, o.shop_id into stored;
      if not found then
        select o.revision, null as shop_id into strict stored from orders o where o.order_id = p_order_id;
      elsif stored.revision > 0 then
        perform pg_notify('changes', json_build_object('orderId', p_order_id, 'shopId', stored.shop_id)::text);
      end if;
      return stored.revision;
    end $$`.execute(db);
}
